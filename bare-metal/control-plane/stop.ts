export async function stopControlPlane(_dir: string, _options: { removeData: boolean }): Promise<void> {
  throw new Error("not yet");
}
