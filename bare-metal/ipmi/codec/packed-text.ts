/** Text that IPMI packs in less than a byte a character: ID strings of SDRs (section 43.15), fields of FRU data. */

const BCD_DIGITS = "0123456789 -.:,_";

/** BCD plus: two characters in a byte, the first in the lower half. */
export function decodeBcdPlus(bytes: Buffer): string {
  return [...bytes]
    .flatMap((byte) => [byte & 0x0f, byte >> 4])
    .map((digit) => BCD_DIGITS.charAt(digit))
    .join("");
}

/** 6-bit ASCII: four characters in three bytes, the first in the lowest bits (figure 43-1). */
export function decodeSixBitAscii(bytes: Buffer): string {
  const count = Math.floor((bytes.length * 8) / 6);
  return Array.from({ length: count }, (_, n) => {
    const bit = n * 6;
    const pair = (bytes[bit >> 3] ?? 0) | ((bytes[(bit >> 3) + 1] ?? 0) << 8);
    return String.fromCharCode(0x20 + ((pair >> (bit & 7)) & 0x3f));
  }).join("");
}
