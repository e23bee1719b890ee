#pragma once

#include "serve/spfadvice/draft.hpp"

#include <utility>

namespace sealpost::spfadvice {

// Takes a record apart word by word and mends what can be read in one way only. Every fault becomes a
// problem of the draft; a fault that could be meant in several ways leaves its word out of the terms
// and sets has_unmended.
class Mender {
public:
    explicit Mender(Draft& draft) : draft_(draft) {}
    void run();

private:
    struct Word {
        std::string text;
        std::size_t column = 1;
    };
    void split_words();
    void join_parted_words();
    void take_version();
    void read_word(const Word& word);
    void check_repeated_modifiers();
    void report(ProblemKind kind, const Word& word, std::string mended = {});
    void report_once(ProblemKind kind, std::size_t column);

    Draft& draft_;
    std::vector<Word> words_;
};

// What was meant by a word that is no term, and what is wrong with it. No words: not plain.
struct Mend {
    ProblemKind kind = ProblemKind::unknown_mechanism;
    std::vector<std::string> words;
};
[[nodiscard]] Mend find_mend(std::string_view word);

}  // namespace sealpost::spfadvice
