// A chat in the terminal, answered by the plugin `chat`: join and leave notices, rooms, statistics.
//
//     npm install && node chat.mjs NAME [URL]
//
// A line is a message to all, or to the room entered last. `/room NAME` enters a room, `/all`
// goes back to everyone, `/stats` asks who is here, `/quit` leaves.
import { createInterface } from "node:readline";
import { io } from "socket.io-client";

const [name, url = "http://127.0.0.1:8000"] = process.argv.slice(2);
if (!name) {
  console.error("usage: node chat.mjs NAME [URL]");
  process.exit(2);
}

const statisticsMs = 1_000;
const names = new Map();
let messagesSent = 0;
let room = null;
let answers = null;

const socket = io(`${url}/chat`, { auth: { name } });
const known = (id) => names.get(id) ?? id;
const ask = (event, ...args) =>
  socket.timeout(5_000).emitWithAck(event, ...args).then(
    (reply) => {
      if (reply?.status === "error") console.log(`! ${reply.message}`);
      return reply?.status !== "error";
    },
    (error) => {
      console.log(`! ${error.message}`);
      return false;
    },
  );

socket.on("connect_error", (error) => {
  console.log(`! ${error.message}`);
  // A refusal is final; a network that fails is tried again.
  if (!socket.active) process.exit(1);
});
socket.on("disconnect", (reason) => console.log(`* connection lost: ${reason}`));
socket.on("welcome", (me) => {
  console.log(`* you are ${me.name} (${me.id}) on ${url}`);
  // Learns the names of those who came earlier.
  ask("statistics");
});
socket.on("joined", (who) => {
  names.set(who.id, who.name);
  console.log(`* ${who.name} joins`);
});
socket.on("left", (who) => {
  console.log(`* ${known(who.id)} leaves`);
  names.delete(who.id);
});
socket.on("entered", (who) => console.log(`* ${known(who.id)} enters ${who.room}`));
socket.on("message", (said) => {
  const where = said.room ? ` in ${said.room}` : "";
  console.log(`${known(said.from)}${where}: ${said.text}`);
});
socket.on("roll_call", (call) => ask("here", { to: call.to, name, messages_sent: messagesSent }));
socket.on("here", (who) => {
  names.set(who.id, who.name);
  answers?.push(who);
});

function statistics() {
  answers = [];
  ask("statistics");
  setTimeout(() => {
    const total = answers.reduce((sum, who) => sum + who.messages_sent, 0);
    console.log(`* ${answers.length} here, ${total} messages sent`);
    for (const who of answers) console.log(`*   ${who.name}: ${who.messages_sent}`);
    answers = null;
  }, statisticsMs);
}

async function say(text) {
  if (await ask("message", room ? { room, text } : { text })) messagesSent += 1;
}

const lines = createInterface({ input: process.stdin });
lines.on("line", async (line) => {
  const [, command, argument] = line.match(/^\/(\w+)\s*(.*)$/) ?? [];
  if (command === "stats") statistics();
  else if (command === "room" && argument) room = (await ask("enter", argument)) ? argument : room;
  else if (command === "all") room = null;
  else if (command === "quit") lines.close();
  else if (command) console.log("! /room NAME, /all, /stats, /quit");
  else if (line.trim()) await say(line);
});
lines.on("close", () => socket.disconnect());
