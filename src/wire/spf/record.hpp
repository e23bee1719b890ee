#pragma once

#include "base/ip_address.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace sealpost::spf {

enum class Qualifier : std::uint8_t { pass, fail, softfail, neutral };
enum class Mechanism : std::uint8_t { all, include, a, mx, ptr, ip4, ip6, exists };

// RFC 7208 §4.6.4: the terms that the limit of 10 is about (and "redirect").
[[nodiscard]] constexpr bool asks_dns(Mechanism mechanism)
{
    return mechanism != Mechanism::all && mechanism != Mechanism::ip4 && mechanism != Mechanism::ip6;
}

// A domain-spec (RFC 7208 §7.1). Empty where a mechanism names none: the record's own domain.
struct DomainSpec {
    std::string_view text;  // as written
    std::string_view name;  // without macros: in the form that is asked for; empty when it is no name
    bool has_macros = false;
    bool asks_ptr = false;  // "%{p}" stands in it
};

struct Term {
    Mechanism mechanism = Mechanism::all;
    Qualifier qualifier = Qualifier::pass;
    std::uint8_t prefix_v4 = 32;
    std::uint8_t prefix_v6 = 128;
    std::string_view text;  // as written, with its qualifier
    DomainSpec target;
    IpAddress network;  // ip4 and ip6
};

struct Modifier {
    std::string_view text;  // as written
    DomainSpec target;
};

struct SyntaxError {
    std::size_t column = 1;  // in octets from the beginning of the record, which is column 1
    std::string term;        // printable
    std::string what;
};
[[nodiscard]] std::string format_syntax_error(const SyntaxError& error);

// RFC 7208 §4.5: the version section is "v=spf1" and then a space or the end.
[[nodiscard]] bool is_spf_record(std::string_view text);

// A record that was read once, for good: immutable, its terms are views into its text, and it may be
// shared by threads. One that cannot be understood is a record, too: it has errors.
class Record {
public:
    static constexpr std::size_t max_errors = 20;

    // `text` satisfies is_spf_record(). Goes on after an error, so that all of them can be told.
    static std::shared_ptr<const Record> parse(std::string text);
    Record(const Record&) = delete;
    Record& operator=(const Record&) = delete;

    [[nodiscard]] std::string_view text() const { return text_; }
    [[nodiscard]] std::span<const Term> terms() const { return terms_; }
    [[nodiscard]] const std::optional<Modifier>& redirect() const { return redirect_; }
    [[nodiscard]] const std::optional<Modifier>& exp() const { return exp_; }
    [[nodiscard]] std::span<const SyntaxError> errors() const { return errors_; }
    [[nodiscard]] bool has_all() const;  // then a redirect means nothing (RFC 7208 §6.1)

private:
    friend class RecordParser;
    explicit Record(std::string text);

    std::string text_;
    std::string lower_;  // the same in lower case, for names
    std::vector<Term> terms_;
    std::optional<Modifier> redirect_;
    std::optional<Modifier> exp_;
    std::vector<SyntaxError> errors_;
};

}  // namespace sealpost::spf
