// Photos are made smaller on the phone before they travel: six of a camera's are more than a village's network carries.
// The server cleans them again; nothing is trusted that comes from here.
const SIDE = 1600; // pixels
const SMALL = 176;
const ENOUGH = 500e3; // bytes: smaller ones go as they are
const turned = "data:image/jpeg;base64,/9j/4AAQSkZJRgABAQAAAQABAAD/4QAiRXhpZgAATU0AKgAAAAgAAQESAAMAAAABAAYAAAAAAAD/2wBDAFA3PEY8MlBGQUZaVVBfeMiCeG5uePWvuZHI////////////////////////////////////////////////////wAALCAABAAIBAREA/8QAHwAAAQUBAQEBAQEAAAAAAAAAAAECAwQFBgcICQoL/8QAtRAAAgEDAwIEAwUFBAQAAAF9AQIDAAQRBRIhMUEGE1FhByJxFDKBkaEII0KxwRVS0fAkM2JyggkKFhcYGRolJicoKSo0NTY3ODk6Q0RFRkdISUpTVFVWV1hZWmNkZWZnaGlqc3R1dnd4eXqDhIWGh4iJipKTlJWWl5iZmqKjpKWmp6ipqrKztLW2t7i5usLDxMXGx8jJytLT1NXW19jZ2uHi4+Tl5ufo6erx8vP09fb3+Pn6/9oACAEBAAA/AKVf/9k="; // 2 × 1 pixels, to be turned upright

function load(address) {
  return new Promise((done, failed) => {
    const image = new Image();
    image.onload = () => done(image);
    image.onerror = failed;
    image.src = address;
  });
}

function read(file) {
  return new Promise((done, failed) => {
    const reader = new FileReader();
    reader.onload = () => done(reader.result);
    reader.onerror = failed;
    reader.readAsDataURL(file);
  });
}

function drawn(image, side) {
  const scale = Math.min(1, side / Math.max(image.naturalWidth, image.naturalHeight));
  const canvas = document.createElement("canvas");
  canvas.width = Math.max(1, Math.round(image.naturalWidth * scale));
  canvas.height = Math.max(1, Math.round(image.naturalHeight * scale));
  canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
  return canvas;
}

// {blob, name, small}: `small` is a picture to show, "" where this browser cannot draw it.
export async function prepare(file) {
  try {
    const image = await load(await read(file));
    const small = drawn(image, SMALL).toDataURL("image/jpeg", 0.7);
    const upright = await load(turned); // an old browser would lose which side is up: then the file goes as it is
    if (file.size <= ENOUGH || upright.naturalWidth !== 1) return { blob: file, name: file.name || "photo.jpg", small };
    const blob = await new Promise((done) => drawn(image, SIDE).toBlob(done, "image/jpeg", 0.85));
    return blob ? { blob, name: "photo.jpg", small } : { blob: file, name: file.name, small };
  } catch (error) {
    return { blob: file, name: file.name || "photo", small: "" };
  }
}
