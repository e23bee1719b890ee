#pragma once

#include "base/network.hpp"
#include "serve/spfadvice/problem.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sealpost::spfadvice {

enum class Kind { all, include, a, mx, ptr, ip4, ip6, exists, redirect, exp, modifier, unknown };

// One term. What cannot be understood has Kind::unknown and stands in the draft's problems.
struct Term {
    std::string text;        // as it is to be written: mended, where the mend was plain
    std::size_t column = 1;  // where it stood, in octets from 1
    char qualifier = '+';
    Kind kind = Kind::unknown;
    std::string domain;              // lower case, no final dot; empty: the record's own
    std::optional<Network> network;  // ip4, ip6
    int bits4 = 32;                  // a, mx
    int bits6 = 128;

    [[nodiscard]] bool has_macro() const { return domain.find('%') != std::string::npos; }
    [[nodiscard]] bool is_mechanism() const { return kind < Kind::redirect; }
    // The terms that RFC 7208 §4.6.4 counts.
    [[nodiscard]] bool costs_lookup() const;
    // The same mechanism or modifier with whatever qualifier.
    [[nodiscard]] bool says_the_same_as(const Term& other) const;
};

// A record as a person wrote it: read leniently, since it is to be explained and mended, not obeyed.
struct Draft {
    std::string text;  // as published
    std::vector<Term> terms;
    std::vector<Problem> problems;  // of syntax
    bool in_force = true;           // begins with "v=spf1": verifiers take it for an SPF record
    bool has_unmended = false;      // there is a fault whose mend is not plain

    [[nodiscard]] const Term* find(Kind kind) const;
};

// No SPF record, but somebody meant one: quotes, blanks or other terms stand before the version.
[[nodiscard]] bool is_meant_as_spf(std::string_view text);

// A longer text is not taken apart: it has no terms, and counts as unmended.
inline constexpr std::size_t max_draft_bytes = 16 * 1024;
[[nodiscard]] Draft read_draft(std::string_view text);
[[nodiscard]] Term read_term(std::string_view text);  // mended or not: Kind::unknown when it cannot be
[[nodiscard]] std::string format_record(const std::vector<Term>& terms);

}  // namespace sealpost::spfadvice
