// Connections that emit in the very tick in which they are connected, every one of which must be
// answered. Arguments: URL, transport, number.

import { connect, end } from "./common.mjs";

const [url, transport, number] = process.argv.slice(2);
const answers = Array.from({ length: Number(number) }, (_, index) => {
  const socket = connect(url, transport);
  return new Promise((resolve, reject) => {
    socket.once("connect", () => {
      socket.emit("echo", index, (reply) => resolve(reply === index));
    });
    socket.once("connect_error", reject);
    socket.once("disconnect", reject);
  });
});

const right = (await Promise.all(answers)).filter((isRight) => isRight).length;
end({ acked: right });
