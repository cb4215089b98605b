"""A tab of a real browser that shows the step-by-step page."""

from pathlib import Path
from typing import Any


class Session:
    """A page in a tab of its own, and what it must not do: ask the network, or complain."""

    def __init__(self, browser: Any, path: Path, **options: Any) -> None:
        options = {"viewport": {"width": 1280, "height": 800}, **options}
        self.context = browser.new_context(**options)
        self.page = self.context.new_page()
        self.requests: list[str] = []
        self.complaints: list[str] = []
        self.page.on("request", lambda request: self.requests.append(request.url))
        self.page.on("console", lambda message: self.complaints.append(message.text))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("dialog", lambda dialog: self.complaints.append(dialog.message))
        self.page.goto(path.as_uri())
        self.url = path.as_uri()

    def step(self) -> int:
        return int(self.page.locator("#slider").input_value())

    def last(self) -> int:
        return int(self.page.locator("#slider").get_attribute("max"))

    def text(self, selector: str) -> str:
        return str(self.page.locator(selector).inner_text())

    def cards(self) -> list[dict[str, Any]]:
        """What every node of the picture shows."""
        found: list[dict[str, Any]] = self.page.evaluate(
            """() => [...document.querySelectorAll(".node")].map((node) => ({
                 known: node.classList.contains("known"),
                 active: node.classList.contains("active"),
                 heading: node.querySelector(".heading").textContent,
                 value: node.querySelector(".value").textContent,
                 grad: node.querySelector(".grad").textContent,
                 kind: ["plus", "minus", "odd"].find((c) => node.classList.contains(c)) ?? "",
                 tint: node.querySelector(".tint").getAttribute("fill-opacity")}))"""
        )
        return found

    def picture(self) -> str:
        """All that a step changes in the picture, but for where it is moved."""
        return str(
            self.page.evaluate(
                """() => JSON.stringify([graph, ...cards, ...arrows].map((e) =>
                     [[...e.classList].sort(), e === graph ? "" : e.textContent,
                      e.querySelector(".tint")?.getAttribute("fill-opacity")]))"""
            )
        )

    def until(self, condition: str) -> None:
        """Wait. `wait_for_function` would need a policy that lets strings run."""
        for _ in range(200):
            if self.page.evaluate(condition):
                return
            self.page.wait_for_timeout(50)
        raise AssertionError(f"never: {condition}")

    def close(self) -> None:
        self.context.close()
        assert self.requests == [self.url]
        assert self.complaints == []
