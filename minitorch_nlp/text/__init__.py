"""From text to tensors and back: vocabularies, tokenizers, corpora, batches, counts, word vectors, decoding, metrics, pictures.

Ours, not torch's. NumPy is enough for most of it; `train_bpe` and its like need the package tokenizers, counting needs scipy, BLEU and chrF
need sacrebleu (``pip install 'minitorch-nlp[text]'``), pictures need matplotlib (``'minitorch-nlp[plot]'``). Each is loaded when first used.
"""

from .batching import BPTTBatches, BucketBatchSampler, detach_state, pad_batch, random_windows
from .beam import Hypotheses, beam_search, length_normalizer, reorder_state
from .corpora import documents, files, lines, prose, read_text, tokens, train_valid_test_split
from .counting import cooccurrence, ppmi, truncated_svd
from .decoding import Step, generate, greedy, repetition_penalty, sample, top_k_filter, top_p_filter
from .metrics import (
    bleu, character_error_rate, chrf, edit_distance, edit_operations, exact_match, perplexity, perplexity_of_logits, token_accuracy,
    word_error_rate,
)  # fmt: skip
from .plots import attention_map, embedding_plot, loss_curve
from .subword import SubwordTokenizer, load_gpt2, load_tokenizer, train_bpe
from .tokenizers import characters, sentences, whitespace, words
from .vectors import WordVectors, load_word2vec
from .vocab import Vocab, build_vocab_from_iterator
from .word2vec import NegativeSampler, cbow_windows, skipgram_pairs, subsample, token_counts

__all__ = [
    "BPTTBatches", "BucketBatchSampler", "Hypotheses", "NegativeSampler", "Step", "SubwordTokenizer", "Vocab", "WordVectors",
    "attention_map", "beam_search", "bleu", "build_vocab_from_iterator", "cbow_windows", "character_error_rate", "characters", "chrf",
    "cooccurrence", "detach_state", "documents", "edit_distance", "edit_operations", "embedding_plot", "exact_match", "files", "generate",
    "greedy", "length_normalizer", "lines", "load_gpt2", "load_tokenizer", "load_word2vec", "loss_curve", "pad_batch", "perplexity",
    "perplexity_of_logits", "ppmi", "prose", "random_windows", "read_text", "reorder_state", "repetition_penalty", "sample", "sentences",
    "skipgram_pairs", "subsample", "token_accuracy", "token_counts", "tokens", "top_k_filter", "top_p_filter", "train_bpe",
    "train_valid_test_split", "truncated_svd", "whitespace", "word_error_rate", "words",
]  # fmt: skip
