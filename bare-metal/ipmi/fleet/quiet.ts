import type { Transport } from "../transport/transport";

/** Calls back whenever a datagram has to be sent again: the peer keeps silent, and need not be waited for in line. */
export function watchQuiet(transport: Transport, onQuiet: () => void): Transport {
  let unanswered = 0;
  return {
    send(datagram) {
      unanswered += 1;
      if (unanswered > 1) onQuiet();
      transport.send(datagram);
    },
    listen(listener) {
      transport.listen(
        listener &&
          ((datagram) => {
            unanswered = 0;
            listener(datagram);
          }),
      );
    },
    get lastError() {
      return transport.lastError;
    },
    ...(transport.roundTrip && { roundTrip: transport.roundTrip }),
    close: () => transport.close(),
  };
}
