"""Data of any kind on a batch, a frame or an object, with functions that copy and release it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from deepstream.twin.metadata.base_meta import Meta
from deepstream.twin.metadata.enums import NvDsMetaType
from deepstream.twin.metadata.memory import Capsule, free
from deepstream.twin.metadata.record import Record, anything

Copy = Callable[[Any, Any], Any]
Release = Callable[[Any, Any], None]


class NvDsUserMeta(Meta):
    """``content`` is what a script sees as the untyped ``user_meta_data``.

    ``copy_function`` and ``release_function`` are called with the metadata (to be cast) and
    ``None``, as NVIDIA calls them: when a batch is copied, and when its last buffer is gone.
    """

    kind = NvDsMetaType.NVDS_USER_META

    content: Any = anything()
    copy_function: Copy | None = anything()
    release_function: Release | None = anything()

    @classmethod
    def of(cls, meta_type: NvDsMetaType, content: Any) -> NvDsUserMeta:
        """What an element attaches: ``content`` under its kind."""
        made = cls(content=content)
        made.base_meta.__dict__["meta_type"] = meta_type
        return made

    @property
    def user_meta_data(self) -> Capsule[Any] | None:
        return None if self.content is None else Capsule(self.content)

    @user_meta_data.setter
    def user_meta_data(self, value: Any) -> None:
        self.content = value

    def copy(self) -> NvDsUserMeta:
        """By the script's function; without one a structure is copied, all else is shared."""
        twin: NvDsUserMeta = super().copy()
        if self.copy_function is not None:
            made = self.copy_function(Capsule(self), None)
            twin.content = made.target if isinstance(made, Capsule) else made
        elif isinstance(self.content, Record):
            twin.content = self.content.copy()
        return twin

    def release(self) -> None:
        """Call the release function, once, and let go of a structure that the script allocated.

        NVIDIA's samples duplicate a structure for every copy of a batch and free what it points to,
        never itself: a few hundred bytes a frame on a device, and far more as an object of Python.
        """
        function, self.release_function = self.release_function, None
        if function is not None:
            function(Capsule(self), None)
        if isinstance(self.content, Record):
            free(self.content)
