"""tf.contrib.seq2seq: decoders that are run step by step, attention, beam search, and the loss of sequences."""

from tfnb.lazy import lazy

_FILES = {
    "attention": ("AttentionMechanism", "AttentionWrapper", "AttentionWrapperState", "BahdanauAttention", "LuongAttention", "hardmax"),
    "decoding": ("BasicDecoder", "BasicDecoderOutput", "Decoder", "dynamic_decode"),
    "helpers": ("CustomHelper", "GreedyEmbeddingHelper", "Helper", "InferenceHelper", "SampleEmbeddingHelper", "ScheduledEmbeddingTrainingHelper",
                "ScheduledOutputTrainingHelper", "TrainingHelper"),
    "beam": ("BeamSearchDecoder", "BeamSearchDecoderOutput", "BeamSearchDecoderState", "FinalBeamSearchDecoderOutput", "gather_tree", "tile_batch"),
    "loss": ("sequence_loss",),
}  # fmt: skip
_NAMES = {name: f"contrib.seq2seq.{file}" for file, names in _FILES.items() for name in names}
__all__ = sorted(_NAMES)
__getattr__, __dir__ = lazy("tf.contrib.seq2seq", _NAMES)
