import { serve } from "./serve";

serve(process.argv.slice(2)).catch((error: unknown) => {
  process.stderr.write(`boot service: ${(error as Error).message}\n`);
  process.exitCode = 1;
});
