import type { SolReply } from "./packet";

/** What an acknowledgement says. */
export interface Acknowledgement {
  readonly acknowledges: number;
  readonly accepted: number;
}

/** Tells new characters from those of a packet that came before. */
export class SolReceiver {
  private last: Acknowledgement | undefined;

  /** The characters that are new; undefined for a packet that carries none and wants no acknowledgement. */
  take({ sequence, characters }: SolReply): Buffer | undefined {
    if (sequence === 0) return undefined;
    const known = this.last?.acknowledges === sequence ? this.last.accepted : 0;
    this.last = { acknowledges: sequence, accepted: Math.max(known, characters.length) & 0xff };
    // A repeat may have grown at its end.
    return characters.subarray(known);
  }

  get acknowledgement(): Acknowledgement | undefined {
    return this.last;
  }
}
