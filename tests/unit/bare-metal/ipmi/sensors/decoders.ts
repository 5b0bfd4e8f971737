import { getDeviceSdrInfo } from "../../../../../bare-metal/ipmi/messages/device-sdr-info";
import { getDeviceSdr, getSdr } from "../../../../../bare-metal/ipmi/messages/get-sdr";
import {
  reserveDeviceSdrRepository,
  reserveSdrRepository,
} from "../../../../../bare-metal/ipmi/messages/reserve-sdr";
import { getSdrRepositoryInfo } from "../../../../../bare-metal/ipmi/messages/sdr-repository-info";
import { getSensorEventEnable } from "../../../../../bare-metal/ipmi/messages/sensor-event-enable";
import { getSensorHysteresis } from "../../../../../bare-metal/ipmi/messages/sensor-hysteresis";
import { getSensorReading } from "../../../../../bare-metal/ipmi/messages/sensor-reading";
import { getSensorReadingFactors } from "../../../../../bare-metal/ipmi/messages/sensor-reading-factors";
import { getSensorThresholds } from "../../../../../bare-metal/ipmi/messages/sensor-thresholds";
import { decodeSdr } from "../../../../../bare-metal/ipmi/sensors/record";
import { sensorsOf } from "../../../../../bare-metal/ipmi/sensors/sensor";
import { ALL_RECORDS, CPU_TEMPERATURE } from "../../../../fixtures/ipmi/sdr-records";

const hex = (text: string) => Buffer.from(text, "hex");
const range = { reservation: 0, id: 0, offset: 0, count: 255 };
const part = Buffer.concat([hex("0200"), CPU_TEMPERATURE]);

/** Every decoder of sensors and their records, with valid messages to mutate: as ipmi_sim of OpenIPMI 2.0.33 answers where it knows the command. */
export const decoders: readonly {
  name: string;
  decode: (data: Buffer) => unknown;
  samples: readonly Buffer[];
}[] = [
  { name: "SDR", decode: decodeSdr, samples: ALL_RECORDS },
  { name: "sensors of an SDR", decode: (data) => sensorsOf(decodeSdr(data)), samples: ALL_RECORDS },
  {
    name: "Get SDR Repository Info",
    decode: (data) => getSdrRepositoryInfo.decode(data),
    samples: [hex("512800feffb03b00000000000002")],
  },
  { name: "Get SDR", decode: (data) => getSdr(range).decode(data), samples: [part] },
  { name: "Get Device SDR", decode: (data) => getDeviceSdr(range).decode(data), samples: [part] },
  {
    name: "Reserve SDR Repository",
    decode: (data) => reserveSdrRepository.decode(data),
    samples: [hex("0100")],
  },
  {
    name: "Reserve Device SDR Repository",
    decode: (data) => reserveDeviceSdrRepository.decode(data),
    samples: [hex("0100")],
  },
  {
    name: "Get Device SDR Info",
    decode: (data) => getDeviceSdrInfo.decode(data),
    samples: [hex("2801"), hex("288112345678")],
  },
  {
    name: "Get Sensor Reading",
    decode: (data) => getSensorReading(1, 0).decode(data),
    samples: [hex("17c00000"), hex("00c00b00")],
  },
  {
    name: "Get Sensor Thresholds",
    decode: (data) => getSensorThresholds(1, 0).decode(data),
    samples: [hex("3800000023282d"), hex("1baaa500d2d700")],
  },
  {
    name: "Get Sensor Reading Factors",
    decode: (data) => getSensorReadingFactors(1, 0, 0).decode(data),
    samples: [hex("1f3f010d0040d1")],
  },
  {
    name: "Get Sensor Hysteresis",
    decode: (data) => getSensorHysteresis(1, 0).decode(data),
    samples: [hex("0201")],
  },
  {
    name: "Get Sensor Event Enable",
    decode: (data) => getSensorEventEnable(1, 0).decode(data),
    samples: [hex("c0"), hex("c0ff7fff7f")],
  },
];
