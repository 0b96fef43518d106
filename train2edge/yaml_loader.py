"""PyYAML's safe loader, which refuses a value that holds itself: nobody reads it to its end."""

from __future__ import annotations

from typing import Any

import yaml
from yaml.composer import ComposerError


class Loader(yaml.SafeLoader):
    """``yaml.YAMLError`` at the alias of a map or list that is not closed yet."""

    def compose_node(self, parent: yaml.Node | None, index: Any) -> yaml.Node | None:
        if self.check_event(yaml.AliasEvent):
            event = self.peek_event()  # type: ignore[no-untyped-call]
            node = self.anchors.get(event.anchor)
            if node is not None and node.end_mark is None:
                said = f"*{event.anchor} stands inside of what it stands for"
                raise ComposerError(None, None, said, event.start_mark)
        return super().compose_node(parent, index)
