"""tf.strings: texts, under the names they have there."""

from tfnb.ops.hashing import string_to_hash_bucket as to_hash_bucket
from tfnb.ops.hashing import string_to_hash_bucket_fast as to_hash_bucket_fast
from tfnb.ops.hashing import string_to_hash_bucket_strong as to_hash_bucket_strong
from tfnb.ops.host import strings_format as format
from tfnb.ops.splitting import regex_full_match
from tfnb.ops.splitting import strings_split as split
from tfnb.ops.strings import as_string, reduce_join, regex_replace, substr
from tfnb.ops.strings import string_join as join
from tfnb.ops.strings import string_length as length
from tfnb.ops.strings import string_lower as lower
from tfnb.ops.strings import string_strip as strip
from tfnb.ops.strings import string_to_number as to_number
from tfnb.ops.strings import string_upper as upper
from tfnb.ops.texts import unicode_transcode, unsorted_segment_join

__all__ = [
    "as_string", "format", "join", "length", "lower", "reduce_join", "regex_full_match", "regex_replace", "split", "strip", "substr",
    "to_hash_bucket", "to_hash_bucket_fast", "to_hash_bucket_strong", "to_number", "unicode_transcode",
    "unsorted_segment_join", "upper",
]  # fmt: skip
