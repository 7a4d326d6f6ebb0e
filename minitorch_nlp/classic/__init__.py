"""Layers in the style of books: plain objects with ``params``, ``grads``, ``forward`` and ``backward``, on plain arrays.

The modules have the names of the package ``common`` of "Deep Learning from Scratch 2" (Koki Saitoh, O'Reilly Japan 2018), and
`classic.dataset` those of its ``dataset``, so that the book's scripts run on them: ``minitorch-nlp run --book script.py``. What they compute
is `minitorch_nlp.functional`, the same forward and backward functions as under `minitorch_nlp.nn`.

| module | what |
|---|---|
| `layers`, `negative_sampling_layer`, `attention_layer` | layers for one step |
| `time_layers` | layers for sequences (N, T, D), batch first |
| `functions` | sigmoid, relu, softmax, cross_entropy_error |
| `optimizer`, `trainer`, `base_model` | training; files of parameters |
| `util` | corpora, counting, similarity, evaluation |
| `config`, `np` | whether to use a GPU; NumPy or CuPy |
| `dataset` | spiral, sequence, ptb |
"""
