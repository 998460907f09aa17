"""What a notebook's kernel weighs: bare, after `import tfnb`, and after one run. In MB of memory that is its own.

    python -m tests.benchmarks.kernel
"""

import json
import sys

FIRST = "import tfnb as tf"
RUN = "with tf.Session() as sess: sess.run(tf.matmul(tf.ones([64, 64]), tf.ones([64, 64])))"


def own(pid):
    """MB that the process alone would give back, and its share of what others map too."""
    with open(f"/proc/{pid}/smaps_rollup") as file:
        return next(int(line.split()[1]) for line in file if line.startswith("Pss:")) / 1024


def weigh(cells):
    """The MB of a new kernel after each of the cells."""
    from jupyter_client.manager import KernelManager

    manager = KernelManager(kernel_cmd=[sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"])
    manager.start_kernel()
    client = manager.client()
    client.start_channels()
    try:
        client.wait_for_ready(timeout=60)
        found = []
        for cell in cells:
            reply = client.execute_interactive(cell, timeout=120, output_hook=lambda _: None)
            if reply["content"]["status"] != "ok":
                raise RuntimeError(f"{cell}: {reply['content'].get('evalue')}")
            found.append(own(manager.provisioner.pid))
        return found
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)


def main():
    """Prints the MB as JSON: bare, with tfnb imported, after a run."""
    print(json.dumps(weigh(["pass", FIRST, RUN])))


if __name__ == "__main__":
    main()
