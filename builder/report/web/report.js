// The button that turns light to dark and back.
{
  const button = document.getElementById("theme");
  if (button) {
    button.hidden = false;
    button.addEventListener("click", () => bricks.theme());
  }
}
