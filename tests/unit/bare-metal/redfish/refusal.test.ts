import assert from "node:assert/strict";
import fc from "fast-check";
import { RedfishError, RedfishResponseError } from "../../../../bare-metal/redfish";
import { refusalError } from "../../../../bare-metal/redfish/refusal";

const refused = (status: number, body: unknown, secret?: string) =>
  refusalError(
    "bmc:443",
    "GET /x",
    { status, headers: {}, body: Buffer.from(typeof body === "string" ? body : JSON.stringify(body)) },
    secret,
  );
const extended = (MessageId: string, Message = "Words.", Resolution?: string) => ({
  error: {
    code: "Base.1.8.GeneralError",
    message: "See.",
    "@Message.ExtendedInfo": [{ MessageId, Message, Resolution }],
  },
});

describe("refusalError", () => {
  it("is named by what the BMC means", () => {
    for (const [status, id, name] of [
      [401, "Base.1.8.NoValidSession", "RedfishAuthenticationError"],
      // HPE answers a wrong password so.
      [400, "Base.1.4.UnauthorizedLoginAttempt", "RedfishAuthenticationError"],
      [403, "Base.1.8.InsufficientPrivilege", "RedfishPrivilegeError"],
      [403, "Base.1.8.PasswordChangeRequired", "RedfishAuthenticationError"],
      [503, "Base.1.8.SessionLimitExceeded", "RedfishOutOfSessionsError"],
      [405, "Base.1.8.OperationNotAllowed", "RedfishUnsupportedError"],
      [501, "", "RedfishUnsupportedError"],
      [400, "Base.1.8.ActionNotSupported", "RedfishUnsupportedError"],
      [404, "Base.1.8.ResourceMissingAtURI", "RedfishResponseError"],
      [500, "Base.1.8.InternalError", "RedfishResponseError"],
    ] as const) {
      assert.equal(refused(status, extended(id)).name, name, `${status} ${id}`);
    }
  });

  it("says status, message and what to do", () => {
    const error = refused(
      400,
      extended("Base.1.8.PropertyMissing", "ResetType is missing.", "Give ResetType."),
    );
    assert.ok(error instanceof RedfishResponseError);
    assert.equal(error.status, 400);
    assert.equal(error.messageId, "Base.1.8.PropertyMissing");
    assert.equal(
      error.message,
      "BMC bmc:443: GET /x: HTTP status 400 (Base.1.8.PropertyMissing: ResetType is missing.); check: Give ResetType.",
    );
    assert.match(refused(503, "").message, /HTTP status 503 \(busy\); check: what keeps the BMC busy/);
    assert.match(refused(418, "<html>").message, /HTTP status 418 \(no explanation\)/);
  });

  it("hides what was sent in secret", () => {
    const body = extended(
      "Base.1.8.s3cret!",
      "The value s3cret! of Password; again s3cret!.",
      "Not s3cret!.",
    );
    const { message, stack } = refused(400, body, "s3cret!");
    assert.ok(!`${message}${stack}`.includes("s3cret!"), message);
  });

  it("is a typed error of one printable line, whatever the body is", () => {
    const body = fc.oneof(
      fc.string(),
      fc.jsonValue(),
      fc.jsonValue().map((value) => ({ error: value })),
    );
    fc.assert(
      fc.property(fc.integer({ min: 100, max: 999 }), body, (status, value) => {
        const error = refused(status, value);
        assert.ok(error instanceof RedfishError);
        assert.doesNotMatch(error.message, /\p{Cc}/u);
      }),
    );
  });
});
