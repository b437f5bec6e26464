// Components made out of a component: other bytes that do the same, and the same for another event.

/** A custom section at the end, which means nothing: other bytes, other code to compile for the host. */
export function salted(bytes, salt) {
  const name = Buffer.from("salt");
  const text = Buffer.from(String(salt).padStart(16, "0"));
  return Buffer.concat([bytes, Buffer.from([0, 1 + name.length + text.length, name.length]), name, text]);
}

/** The component that answers `greet`, for another event whose name has five letters. */
export function renamed(bytes, event) {
  const copy = Buffer.from(bytes);
  for (let at = copy.indexOf("greet"); at >= 0; at = copy.indexOf("greet", at + 5)) copy.write(event, at);
  return copy;
}
