// The same job on Node.js: `socket.io` with its defaults. Listens at PORT (0: any) and prints the
// address as one line of JSON.
//
//     npm ci && node server.mjs [PORT]
import { createServer } from "node:http";
import { Server } from "socket.io";

const server = createServer();
const io = new Server(server);

/** What a client sends is checked as the contract of fs7 says: two strings, one of them an address. */
function violation(user) {
  if (typeof user !== "object" || user === null) return "expected an object";
  if (typeof user.user_id !== "string") return "expected a string at /user_id";
  if (typeof user.email !== "string" || !EMAIL.test(user.email)) return "expected an address at /email";
  return null;
}
const EMAIL = /^[^\s@]+@[^\s@]+\.[^\s@]+$/;

io.on("connection", (socket) => {
  socket.on("user_signed_up", (user, ack) => {
    const message = violation(user);
    if (message !== null) {
      ack?.({ status: "error", code: "invalid_payload", message });
      return;
    }
    socket.emit("user_signed_up_ack", { status: "success", message: "User signed up successfully" });
    ack?.({ status: "success", message: "user_signed_up handled successfully." });
  });
  socket.on("join", (room, ack) => {
    socket.join(room);
    ack?.({ status: "success" });
  });
  socket.on("say", (said, ack) => {
    io.to(said.room).emit("said", said);
    ack?.({ status: "success" });
  });
});

server.listen(Number(process.argv[2] ?? 0), "127.0.0.1", () => {
  const { address, port } = server.address();
  console.log(JSON.stringify({ listening: `${address}:${port}` }));
});
