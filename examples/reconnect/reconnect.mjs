// Loses a connection on purpose, and nothing else: Ann goes on talking while Bob is away. Bob's session
// is resumed, with its id and its rooms, and he hears all that he missed, in order and once. Answered
// by the plugin `chat`.
//
//     (cd ../../sdk/client-js && npm ci && npm run build)
//     npm install && node reconnect.mjs [URL]
//
// Exits with 1 when something was lost, or came twice.
import { connect } from "@fs7/client";

const url = process.argv[2] ?? "http://127.0.0.1:8000";
const sentences = 3;
const patienceMs = 15_000;

const ann = join("ann");
const bob = join("bob");
const heard = [];
let told = 0;

bob.onSession(({ id, resumed, recovered }) => {
  if (resumed) console.log(`bob is back as ${id}, nothing lost: ${recovered}`);
});
bob.on("message", ({ text, room }) => {
  console.log(`bob hears: ${text}${room ? ` (in ${room})` : ""}`);
  heard.push(text);
});

function join(name) {
  const client = connect(`${url}/chat`, { auth: { name } });
  client.onStatus(({ state, reason, error }) => {
    console.log(`${name}: ${state}${reason ? `, ${reason}` : ""}${error ? `: ${error.message}` : ""}`);
    if (state === "closed" && reason !== "closed") process.exit(1);
  });
  return client;
}

/** The first value that a client tells its listeners. */
const next = (listen, wanted = () => true) =>
  new Promise((resolve) => {
    const stop = listen((value) => {
      if (!wanted(value)) return;
      stop();
      resolve(value);
    });
  });

async function talk(room) {
  for (let count = 0; count < sentences; count += 1) {
    told += 1;
    await ann.send("message", { text: `sentence ${told}`, room });
  }
}

const impatient = setTimeout(() => {
  console.error(`heard ${heard.length} of ${told} sentences; sessions stand: ${Boolean(ann.session && bob.session)}`);
  process.exit(1);
}, patienceMs);

const [, { id }] = await Promise.all([ann, bob].map((it) => next((listener) => it.onSession(listener))));
await bob.send("enter", "tea");
await talk();

const away = next((listener) => bob.onStatus(listener), ({ state }) => state === "connecting");
const back = next((listener) => bob.onSession(listener));
bob.socket.io.engine.close(); // what a network does: no word of farewell
await away;
await talk();
await talk("tea");

const resumed = await back;
await talk("tea");
while (heard.length < told) await next((listener) => bob.on("message", listener));

clearTimeout(impatient);
ann.close();
bob.close();
const expected = Array.from({ length: told }, (_, index) => `sentence ${index + 1}`);
const whole = resumed.id === id && resumed.recovered && heard.join() === expected.join();
console.log(whole ? `all ${told} sentences came, in order and once` : `heard ${heard.join(", ")}`);
process.exitCode = whole ? 0 : 1;
