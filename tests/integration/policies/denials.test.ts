import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { waitFor } from "../../../base/wait";
import type { Denial } from "../../../policies/denials";
import { goodContainer, pod } from "../../../policies/rules/examples";
import { create, read, reference } from "../../fixtures/policies/calls";
import { CourseRoom } from "../../fixtures/policies/course-room";
import { COURSE, userName } from "../../fixtures/policies/people";

const run = promisify(execFile);
const LECTERN = resolve(__dirname, "../../../bin/lectern.js");

interface PublishedEvent {
  readonly reason: string;
  readonly message: string;
}

describe("denials as Events of a course", function () {
  this.timeout(180_000);
  let room: CourseRoom;
  const course = COURSE.replace("course-", "");
  const publish = () => {
    const { dir } = room.cluster;
    const files = ["--audit-log", join(dir, "logs/audit.log"), "--kubeconfig", join(dir, "admin.kubeconfig")];
    return run(process.execPath, [LECTERN, "policy", "denials", course, "--publish", "--json", ...files]);
  };
  const published = async (): Promise<PublishedEvent[]> => {
    const { body } = await room.must("curie", read(reference("v1", "Event", COURSE)));
    return (body["items"] as PublishedEvent[]).filter(({ reason }) => reason === "PolicyDenied");
  };

  before(async () => {
    room = await CourseRoom.start("127.88.3.1");
    const { status, message } = await room.send("ada", create(unnamedImage()));
    assert.ok(status >= 400, message);
  });
  after(() => room?.stop());

  it("are what a teacher lists: who asked, for what, and which rule refused", async () => {
    // The API server writes its audit log a moment after it has answered.
    const denials = await waitFor(
      "the denial in the audit log",
      async () => {
        const { stdout } = await publish();
        const found = JSON.parse(stdout) as Denial[];
        return found.length > 0 ? found : undefined;
      },
      { timeout: 60_000 },
    );
    assert.deepEqual([...new Set(denials.map(({ rule }) => rule))], ["image-digest"]);
    const events = await published();
    assert.equal(events.length, denials.length);
    assert.match(events[0]?.message ?? "", new RegExp(`^image-digest: ${userName("ada")}: Pod `));
  });

  it("are made once, however often they are published", async () => {
    const before = (await published()).length;
    const { stderr } = await publish();
    assert.match(stderr, new RegExp(`${course}: 0 new events`));
    assert.equal((await published()).length, before);
  });
});

function unnamedImage() {
  const object = pod({}, { ...goodContainer, image: "nginx:latest" });
  return { ...object, metadata: { ...object.metadata, name: "ada-web", namespace: COURSE } };
}
