"use strict";

// As package.json says it: what the strictest of the packages asks for. Odd releases between are no longer kept up.
const LEAST_MINOR = { 20: 19, 22: 13 };
const ANY_MINOR_FROM = 24;

function nodeProblem(version) {
  const [major, minor] = version.split(".").map(Number);
  if (major >= ANY_MINOR_FROM || minor >= LEAST_MINOR[major]) return undefined;
  return `Node ${version} does not fit; Node 20 from 20.19 on, Node 22 from 22.13 on, or Node 24 or newer is needed`;
}

module.exports = { nodeProblem };
