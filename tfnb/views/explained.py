"""What errors mean: for each first line of TensorFlow's a cause in one sentence, how to mend it, and code that does.

    Rule(pattern of the message, cause, mend, code)      {name} is a group of the pattern

The order matters: the first pattern that is found counts.
"""

from __future__ import annotations

from typing import NamedTuple

__all__ = ["RULES", "Rule"]


class Rule(NamedTuple):
    pattern: str
    cause: str
    mend: str
    code: str = ""


_INPUTS = r"\(op: '(?P<type>\w+)'\) with input shapes: (?P<shapes>[^.]*)"
_AS_FLOAT = "x = tf.cast(x, tf.float32)"

# fmt: off
RULES: tuple[Rule, ...] = (
    # -- values that are not there yet
    Rule(r"Attempting to use uninitialized value (?P<name>\S+)|reading resource variable (?P<name2>\S+) from",
         "The variable {name}{name2} has no value in this session: its initialiser has not been run here.",
         "Run the initialisers, made after all variables (an optimizer makes some, too).", "sess.run(tf.global_variables_initializer())"),
    Rule(r"You must feed a value for placeholder tensor '(?P<name>[^']+)' with dtype (?P<dtype>\w+)(?: and shape (?P<shape>\[[^\]]*\]))?",
         "What was fetched depends on the placeholder {name}, and this run was given no value for it.",
         "Give it one in feed_dict, in every run that needs it.",
         "import numpy as np\n\nsess.run(fetches, feed_dict={{\"{fed}\": np.zeros({shape}, \"{dtype}\")}})  # your fetches, your values"),
    Rule(r"Table not initialized", "The lookup table is empty in this session.", "Run the tables' initialiser.", "sess.run(tf.tables_initializer())"),
    Rule(r"GetNext\(\) failed because the iterator has not been initialized", "The iterator stands nowhere yet.",
         "Run its initializer before the first batch.", "sess.run(iterator.initializer)"),
    Rule(r"End of sequence", "The iterator has given all its elements.", "Leave the loop here, or begin again with the initializer.",
         "while True:\n    try:\n        sess.run(train_op)\n    except tf.errors.OutOfRangeError:\n        break"),
    # -- feeding
    Rule(r"Cannot feed value of shape (?P<got>\([^)]*\)) for Tensor '(?P<tensor>[^']+)', which has shape '(?P<want>[^']+)'",
         "The value has the shape {got}, but {tensor} takes {want} (? stands for any number).",
         "Bring the value into that shape before it is fed.", "value = np.reshape(value, {want_open})"),
    Rule(r"could not convert string to float", "A text was fed where numbers are wanted.", "Make numbers of it first.",
         "value = np.asarray(value, dtype=\"float32\")"),
    Rule(r"setting an array element with a sequence", "The fed list has rows of different lengths: that is no array.",
         "Fill the rows up to one length.", "width = max(map(len, rows))\nvalue = np.array([row + [0] * (width - len(row)) for row in rows])"),
    Rule(r"Type of feed value (?P<value>\S+) with type .* is not compatible with Tensor type",
         "The number {value} does not fit into the placeholder's dtype.",
         "Give the placeholder a larger dtype.", "x = tf.placeholder(tf.int64, shape)"),
    Rule(r"The value of a feed cannot be a tf\.Tensor object", "A tensor is only the promise of a value; a feed needs the value itself.",
         "Compute it first, then feed it.", "value = sess.run(tensor)\nsess.run(fetches, feed_dict={{x: value}})"),
    Rule(r"Cannot interpret feed_dict key as Tensor: (?P<why>[^.]*)", "A key of feed_dict is no tensor of this graph: {why}.",
         "Use the tensor itself as the key, or its name with the output's number.", "sess.run(fetches, feed_dict={{\"x:0\": value}})"),
    Rule(r"^input must be a dictionary", "feed_dict is not a dictionary.", "Write it as tensor: value.", "sess.run(fetches, feed_dict={{x: value}})"),
    Rule(r"Tensor (?P<tensor>.*) may not be fed", "This tensor is marked as one that feeds must not replace.",
         "Feed a placeholder in front of it instead."),
    # -- fetching
    Rule(r"Fetch argument None has invalid type",
         "What is fetched is None: often `minimize` or a print was assigned, or a function returned nothing.",
         "Look at what the name means.", "print(repr(fetches))"),
    Rule(r"Fetch argument (?P<value>\S+) has invalid type <class '(?P<kind>[^']+)'>",
         "A Python value ({kind}) was fetched, not a tensor: perhaps the name of the tensor was given to the result of an earlier run.",
         "Give the result another name, then make the tensor again.", "loss_value = sess.run(loss)  # not: loss = sess.run(loss)"),
    Rule(r"Fetch argument (?P<value>.+?) cannot be interpreted as a Tensor\. \(.*is not an element of this graph",
         "The tensor belongs to another graph than the session.", "Open a session on the tensor's own graph.",
         "sess = tf.Session(graph=tensor.graph)"),
    Rule(r"The name '(?P<name>[^']+)' refers to an Operation, not a Tensor", "{name} names the node; a tensor is one of its outputs.",
         "Add the output's number.", "tf.get_default_graph().get_tensor_by_name(\"{fed}\")"),
    Rule(r"exists but only has (?P<n>\d+) outputs",
         "The node has fewer outputs than the number after the colon asks for: it has {n}, counted from 0.",
         "Ask for one of those.", "[t.name for t in tensor.op.outputs]"),
    Rule(r"refers to (?:an Operation not in the graph|a Tensor which does not exist)|looks a like a Tensor name|looks like an \(invalid\)",
         "No node of this graph has this name.", "Look at the names that there are; a cell that ran twice may have made name_1.",
         "[op.name for op in tf.get_default_graph().get_operations()]"),
    Rule(r"appears to refer to a Tensor, not a Operation", "The name is that of a tensor; the node's name has no colon.",
         "Leave the colon and the number out."),
    Rule(r"The Session graph is empty",
         "The session's graph has no nodes: they were made in another graph, or the graph was reset after the session was opened.",
         "Open the session after the graph was built.", "sess = tf.Session()"),
    Rule(r"Attempted to use a closed Session", "This session was closed: leaving its `with` block closes it, and its variables are gone.",
         "Open a new one, and initialise or restore the variables.", "sess = tf.Session()\nsess.run(tf.global_variables_initializer())"),
    Rule(r"Session context managers are not re-entrant", "This session's `with` block is entered already.", "Use as_default to enter it again.",
         "with sess.as_default():\n    pass"),
    Rule(r"No default session is registered", "eval() and run() of a node need a session, and none is open as the default.", "Name the session.",
         "sess = tf.Session()\nsess.run(tensor)"),
    Rule(r"tensor's graph is different from the session's graph", "The session runs another graph than the one this tensor belongs to.",
         "Open a session on the tensor's graph.", "sess = tf.Session(graph=tensor.graph)"),
    Rule(r"'Operation' object has no attribute 'eval'", "An operation has no value; it is run, not evaluated.", "Run it.", "sess.run(operation)"),
    # -- graphs
    Rule(r"must be from the same graph as|is not an element of this graph", "Two graphs are mixed: these nodes were made in different ones.",
         "Make all of them under one `with graph.as_default()`.", "graph = tf.Graph()\nwith graph.as_default():\n    pass  # make all nodes here"),
    Rule(r"is not a valid (?P<what>node|scope) name",
         "Names are made of letters, digits and . _ / \\ - and begin with a letter, digit or dot.", "Choose such a name."),
    Rule(r"Graph is finalized and cannot be modified", "The graph was closed to new nodes: a training loop should not make any.",
         "Make the node before the loop, or in a new graph."),
    Rule(r"Do not use tf\.reset_default_graph\(\) to clear nested graphs",
         "The default graph cannot be reset inside a `with` of a graph or a session.",
         "Leave the `with` block first.", "tf.reset_default_graph()"),
    Rule(r"Variable (?P<name>\S+) already exists, disallowed", "get_variable made {name} before, often because the cell was run twice.",
         "Begin with a new graph, or share the variable.",
         "with tf.variable_scope(tf.get_variable_scope(), reuse=tf.AUTO_REUSE):\n    pass  # the code that makes {name}"),
    Rule(r"Variable (?P<name>\S+) does not exist, or was not created with tf\.get_variable",
         "reuse=True only finds variables; {name} was never made.",
         "Let it be made where it is missing.", "with tf.variable_scope(\"scope\", reuse=tf.AUTO_REUSE):\n    pass"),
    Rule(r"Trying to share variable (?P<name>\S+), but specified shape (?P<got>\S.*) and found shape (?P<want>\S.*?)\.",
         "{name} exists with the shape {want}; the shape asked for is {got}.", "Use the same shape, or another name."),
    # -- Python on tensors
    Rule(r"using a `tf\.Tensor` as a Python `bool`", "While the graph is built the tensor has no value yet, so Python's `if` cannot look at it.",
         "Choose in the graph.", "y = tf.cond(condition, lambda: a, lambda: b)"),
    Rule(r"iterating over `tf\.Tensor`", "Python's `for` needs to know how many elements there are while the graph is built.",
         "Take the tensor apart, or map over it.", "rows = tf.unstack(x)\n# or\ny = tf.map_fn(lambda row: row * 2, x)"),
    Rule(r"len is not well defined for symbolic Tensors", "A tensor of the graph has no length yet.", "Ask for its shape.",
         "x.shape[0], tf.shape(x)[0]"),
    Rule(r"Cannot convert a symbolic Tensor", "NumPy works on values, and this tensor has none while the graph is built.",
         "Use the function of tf, or run the tensor first.", "value = sess.run(tensor)"),
    Rule(r"'Tensor' object has no attribute 'numpy'", "A tensor of a graph has no value of its own.", "Run it in a session.",
         "value = sess.run(tensor)"),
    Rule(r"'Tensor' object does not support item assignment", "A tensor cannot be changed; a new one can be made.",
         "Make a new tensor, or use a variable.", "x = tf.tensor_scatter_update(x, [[0]], [5.0])"),
    # -- dtypes and shapes
    Rule(r"Input '(?P<arg>\w+)' of '(?P<type>\w+)' Op has type (?P<got>\w+) that does not match type (?P<want>\w+) of argument '(?P<other>\w+)'",
         "{type} takes one dtype: its input {arg} is {got}, its input {other} is {want}.", "Cast one of them.", "x = tf.cast(x, tf.{want})"),
    Rule(r"Dimensions must be equal, but are (?P<a>\d+) and (?P<b>\d+) for '(?P<name>[^']+)' " + _INPUTS,
         "The shapes {shapes} do not go together in {type}: {a} is not {b}.",
         "Look at the two shapes; often one of them must be transposed.", "y = tf.matmul(a, tf.transpose(b))"),
    Rule(r"Shape must be rank (?P<want>\d+) but is rank (?P<got>\d+) for '(?P<name>[^']+)' " + _INPUTS,
         "{type} wants {want} dimensions here and got {got}.", "Give it the dimension that is missing.",
         "x = tf.expand_dims(x, 0)  # or tf.reshape(x, [-1, n])"),
    Rule(r"In\[0\] mismatch In\[1\] shape: (?P<a>\d+) vs\. (?P<b>\d+): (?P<shapes>\[[^\]]*\] \[[^\]]*\])",
         "The rows of the first matrix have {a} numbers, the columns of the second {b}: they cannot be multiplied.",
         "Look at what was fed; the graph could not know these sizes before.", "print([getattr(v, \"shape\", v) for v in feed_dict.values()])"),
    Rule(r"Incompatible shapes: (?P<shapes>\[[^\]]*\] vs\. \[[^\]]*\])",
         "The shapes {shapes} cannot be broadcast: from the right, sizes must be equal or 1.",
         "Look at what was fed, or reshape one of them.", "x = tf.reshape(x, [-1, 1])"),
    Rule(r"Cannot reshape a tensor with (?P<n>\d+) elements to shape (?P<want>\[[^\]]*\]) \((?P<m>\d+) elements\)",
         "A reshape keeps all elements: {n} cannot become {m}.", "Let one size be found with -1.", "x = tf.reshape(x, [-1, n])"),
    Rule(r"Input to reshape is a tensor with (?P<n>\d+) values, but the requested shape (?:has|requires a multiple of) (?P<m>\d+)",
         "A reshape keeps all elements: {n} do not fit {m}.", "Let one size be found with -1, and look at what was fed.",
         "x = tf.reshape(x, [-1, n])"),
    Rule(r"Dimension \d+ in both shapes must be equal, but are (?P<a>\d+) and (?P<b>\d+)\. Shapes are (?P<shapes>\[[^\]]*\] and \[[^\]]*\])",
         "The shapes {shapes} must be the same here.", "Give the value the variable's shape, or assign with validate_shape=False."),
    # -- numbers
    Rule(r"Integer division by zero", "Whole numbers cannot be divided by zero.", "Keep the divisor away from 0.", "y = x // tf.maximum(n, 1)"),
    Rule(r"indices.* = (?P<i>-?\d+) is not in \[0, (?P<n>\d+)\)", "The index {i} is outside: there are {n}, counted from 0.",
         "Look at the indices that were fed; often labels begin at 1.", "assert indices.min() >= 0 and indices.max() < {n}"),
    Rule(r"Tensor had (?P<what>NaN|Inf)(?: and (?:NaN|Inf))? values",
         "The tensor holds numbers that are none: a logarithm of 0, a division by 0, or a step that was too large.",
         "Step through the run to the first op that made them; often the learning rate is too large.", "%step FETCH  # then: first bad tensor"),
    Rule(r"assertion failed", "A tf.Assert of the graph did not hold; its data stand in brackets.", "Look at the values that it printed."),
    # -- training
    Rule(r"No gradients provided for any variable", "No path of differentiable nodes leads from the loss to a variable.",
         "Look at the path in the picture; casts to int, argmax and comparisons stop gradients.", "tf.gradients(loss, tf.trainable_variables())"),
    Rule(r"No variables to optimize", "The graph has no trainable variable.", "Make one before minimize.", "w = tf.Variable(0.0)"),
    Rule(r"Invalid type tf\.(?P<got>\w+) for (?P<name>[^,]+), expected", "A loss of {got} cannot be differentiated.", "Cast it, early.", _AS_FLOAT),
    Rule(r"No gradient defined for operation '(?P<name>[^']+)' \(op type: (?P<type>\w+)\)", "{type} has no derivative here.",
         "Stop the gradient in front of it, or register one.", "x = tf.stop_gradient(x)"),
    # -- files and devices
    Rule(r"No variables to save", "A Saver was made before any variable.", "Make it after the graph.", "saver = tf.train.Saver()"),
    Rule(r"Can't load save_path when it is None", "There is no checkpoint in this folder: latest_checkpoint found none.", "Look at the folder."),
    Rule(r"The passed save_path is not a valid checkpoint: (?P<path>\S+)", "No checkpoint has this name: {path}.",
         "Give the name that save returned, without .index or .data.", "tf.train.latest_checkpoint(folder)"),
    Rule(r"Key (?P<name>\S+) not found in checkpoint", "The checkpoint has no variable {name}: the graph has changed since it was saved.",
         "Restore only what is there.", "tf.train.list_variables(path)"),
    Rule(r"Assign requires shapes of both tensors to match\. lhs shape= ?(?P<want>\[[^\]]*\]) rhs shape= ?(?P<got>\[[^\]]*\])",
         "The checkpoint's variable has the shape {got}, the graph's {want}.", "Build the graph as it was when it was saved."),
    Rule(r"Cannot assign a device for operation (?P<name>[^:]+)", "{name} was put on a device that is not here.",
         "Let it run where the session runs.",
         "sess = tf.Session(config=tf.ConfigProto(allow_soft_placement=True))"),
    Rule(r"Unknown attribute: '(?P<word>[^']*)' in", "{word} is no part of a device's name.",
         "Devices are written /cpu:0, /gpu:0 or /device:GPU:0.", "with tf.device(\"/cpu:0\"):\n    pass"),
    Rule(r"has already been fetched", "A partial run gives each fetch once.", "Set up another partial run."),
    Rule(r"Outputs of true_fn and false_fn must have the same type", "Both sides of tf.cond give the same kinds of values.",
         "Cast one of them.", _AS_FLOAT),
    Rule(r"Timed out waiting", "The run took longer than its timeout; often a queue is empty.", "Start the queue runners, or give more time."),
    # -- eager
    Rule(r"tf\.placeholder\(\) is not compatible with eager execution", "In eager mode values are there at once; nothing is fed.",
         "Use the value itself.", "x = tf.constant(value)"),
    Rule(r"tf\.gradients is not supported when eager execution", "In eager mode there is no graph to differentiate.", "Record with a tape.",
         "with tf.GradientTape() as tape:\n    tape.watch(x)\n    y = x * x\ntape.gradient(y, x)"),
    Rule(r"GradientTape\.gradient can only be called once", "A tape is used up by its first gradient.", "Make it persistent.",
         "with tf.GradientTape(persistent=True) as tape:\n    pass"),
    Rule(r"tf\.function-decorated function tried to create variables on non-first call", "A tf.function makes its variables in its first call only.",
         "Make the variable outside of the function."),
)
# fmt: on
