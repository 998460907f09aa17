"""The embedding projector's settings: which variables are embeddings, and where the labels of their rows are.

    config = ProjectorConfig()
    config.embeddings.add(tensor_name=table.name, metadata_path="words.tsv")
    visualize_embeddings(summary_writer, config)          writes projector_config.pbtxt beside the summaries
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from typing import Any

__all__ = ["EmbeddingInfo", "ProjectorConfig", "SpriteMetadata", "visualize_embeddings"]


@dataclass
class SpriteMetadata:
    """One picture of all thumbnails: its path, and the size of each in pixels."""

    image_path: str = ""
    single_image_dim: list[int] = field(default_factory=list)


@dataclass
class EmbeddingInfo:
    """A variable whose rows are points, and files that say what they are."""

    tensor_name: str = ""
    metadata_path: str = ""
    bookmarks_path: str = ""
    tensor_path: str = ""
    tensor_shape: list[int] = field(default_factory=list)
    sprite: SpriteMetadata = field(default_factory=SpriteMetadata)


class _Embeddings(list):  # type: ignore[type-arg]
    def add(self, **named: Any) -> EmbeddingInfo:
        """A new embedding, to be filled in."""
        self.append(EmbeddingInfo(**named))
        return self[-1]  # type: ignore[no-any-return]


@dataclass
class ProjectorConfig:
    """All embeddings of a run.

    >>> config = tf.contrib.tensorboard.plugins.projector.ProjectorConfig()
    >>> config.embeddings.add(tensor_name="words:0", metadata_path="words.tsv").tensor_name
    'words:0'
    """

    embeddings: list[EmbeddingInfo] = field(default_factory=_Embeddings)
    model_checkpoint_path: str = ""
    model_checkpoint_dir: str = ""

    def __str__(self) -> str:
        return "".join(_lines(self))


def _lines(message: Any, indent: str = "") -> list[str]:
    """The fields that are set, as the text form of a protocol message."""
    out = []
    for name, value in vars(message).items():
        for one in value if isinstance(value, list) else [value]:
            if hasattr(one, "__dataclass_fields__"):
                inside = _lines(one, indent + "  ")
                out += [f"{indent}{name} {{\n", *inside, f"{indent}}}\n"] if inside else []
            elif one != "":
                shown = one if isinstance(one, int) else '"' + str(one).replace("\\", "\\\\").replace('"', '\\"') + '"'
                out.append(f"{indent}{name}: {shown}\n")
    return out


def visualize_embeddings(summary_writer: Any, config: ProjectorConfig) -> None:
    """Writes the settings into the folder of the summaries. Raises ValueError where the writer has none."""
    folder = summary_writer.get_logdir()
    if folder is None:
        raise ValueError("Summary writer must have a logdir")
    os.makedirs(folder, exist_ok=True)
    with open(os.path.join(folder, "projector_config.pbtxt"), "w", encoding="utf-8") as f:
        f.write(str(config))
