#include "serve/spfadvice/mend.hpp"

#include "base/text.hpp"

#include <algorithm>

namespace sealpost::spfadvice {
namespace {

constexpr std::string_view version = "v=spf1";
constexpr std::size_t max_mended_bytes = 512;  // of a word: longer ones are nobody's slip of the pen
// What editors and web pages put where a blank, a quote or a hyphen was meant (UTF-8).
struct Lookalike {
    std::string_view bytes;
    char meant;
};
constexpr Lookalike lookalikes[] = {{"\xc2\xa0", ' '},     {"\xe2\x80\x8b", ' '}, {"\xe2\x80\x93", '-'}, {"\xe2\x80\x94", '-'},
                                    {"\xe2\x80\x9c", '"'}, {"\xe2\x80\x9d", '"'}, {"\xe2\x88\x92", '-'}, {"\xef\xbc\x9a", ':'}};

const Lookalike* find_lookalike(std::string_view rest)
{
    for (const auto& one : lookalikes)
        if (rest.starts_with(one.bytes)) return &one;
    return nullptr;
}

bool is_qualifier(char c) { return c == '+' || c == '-' || c == '~' || c == '?'; }

std::string_view qualifier_of(std::string_view word)
{
    return word.substr(0, !word.empty() && is_qualifier(word.front()) ? 1 : 0);
}

bool reads(std::string_view word) { return read_term(word).kind != Kind::unknown; }

bool all_read(const std::vector<std::string>& words)
{
    return !words.empty() && std::all_of(words.begin(), words.end(), [](const std::string& word) { return reads(word); });
}

std::string concat(std::initializer_list<std::string_view> parts)
{
    std::string all;
    for (const auto part : parts) all += part;
    return all;
}

// How many letters two short words are apart (insert, drop, change, swap neighbours).
std::size_t distance_of(std::string_view a, std::string_view b)
{
    std::vector<std::vector<std::size_t>> cost(a.size() + 1, std::vector<std::size_t>(b.size() + 1));
    for (std::size_t i = 0; i <= a.size(); ++i) cost[i][0] = i;
    for (std::size_t j = 0; j <= b.size(); ++j) cost[0][j] = j;
    for (std::size_t i = 1; i <= a.size(); ++i)
        for (std::size_t j = 1; j <= b.size(); ++j) {
            const std::size_t change = cost[i - 1][j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
            cost[i][j] = std::min({change, cost[i - 1][j] + 1, cost[i][j - 1] + 1});
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                cost[i][j] = std::min(cost[i][j], cost[i - 2][j - 2] + 1);
        }
    return cost[a.size()][b.size()];
}

// "192.0.2.1", "2001:db8::/32" → "ip4:192.0.2.1", "ip6:2001:db8::/32".
std::optional<std::string> as_network_term(std::string_view text)
{
    for (const std::string_view kind : {"ip4:", "ip6:"})
        if (auto word = concat({kind, text}); reads(word)) return word;
    return std::nullopt;
}

// "ip4:192.0.2.0/255.255.255.0" → "ip4:192.0.2.0/24".
std::optional<std::string> with_prefix_for_mask(std::string_view word)
{
    const auto slash = word.find('/');
    if (slash == std::string_view::npos) return std::nullopt;
    const auto mask = parse_ip(word.substr(slash + 1));
    if (!mask || !mask->is_v4()) return std::nullopt;
    std::uint32_t bits = 0;
    for (const auto octet : mask->v4_octets()) bits = bits << 8 | octet;
    const std::uint32_t inverse = ~bits;
    // A mask of zeros would let everybody pass: hardly what was meant.
    if (bits == 0 || (inverse & (inverse + 1)) != 0) return std::nullopt;
    int length = 32;
    for (std::uint32_t rest = inverse; rest != 0; rest >>= 1) --length;
    auto mended = concat({word.substr(0, slash + 1), std::to_string(length)});
    return reads(mended) ? std::optional(mended) : std::nullopt;
}

using Words = std::vector<std::string>;

// "ip4:192.0.2.1include:example.org", "v=spf1include:…": a second term begins inside the first.
Words split_run_together(std::string_view word)
{
    constexpr std::string_view beginnings[] = {"include:", "ip4:", "ip6:", "redirect=", "exists:", "mx:"};
    const std::string lower = ascii_lower(word);
    for (const auto beginning : beginnings)
        for (auto at = lower.find(beginning, 1); at != std::string::npos; at = lower.find(beginning, at + 1)) {
            const auto cut = is_qualifier(word[at - 1]) ? at - 1 : at;
            Words two{std::string(word.substr(0, cut)), std::string(word.substr(cut))};
            if (cut > 0 && all_read(two)) return two;
        }
    for (const std::string_view ending : {"-all", "~all", "?all", "+all"})
        if (lower.size() > ending.size() && lower.ends_with(ending)) {
            Words two{std::string(word.substr(0, word.size() - ending.size())), std::string(ending)};
            if (all_read(two)) return two;
        }
    return {};
}

// "ip4:192.0.2.1,192.0.2.2", "include:a.example,include:b.example", "mx;".
Words split_at_commas(std::string_view word)
{
    Words all;
    const auto colon = word.find(':');
    for (const char separator : {',', ';'}) {
        all.clear();
        for (const auto piece : split(word, separator)) {
            if (piece.empty()) continue;
            std::string part(piece);
            if (!all.empty() && part.find(':') == std::string::npos && colon != std::string_view::npos && !reads(part))
                part = concat({word.substr(0, colon + 1), piece});
            all.push_back(std::move(part));
        }
        if (word.find(separator) != std::string_view::npos && all_read(all)) return all;
    }
    return {};
}

Words swap_separator(std::string_view word)
{
    const auto qualifier = qualifier_of(word);
    const auto body = word.substr(qualifier.size());
    const auto at = body.find_first_of(":=");
    if (at == std::string_view::npos) return {};
    auto rest = body.substr(at + 1);
    while (!rest.empty() && (rest.front() == ':' || rest.front() == '=')) rest.remove_prefix(1);
    const auto name = body.substr(0, at);
    for (const std::string_view separator : {":", "="}) {
        auto mended = concat({qualifier, name, separator, rest});
        const auto term = read_term(mended);
        if (term.kind != Kind::unknown && term.kind != Kind::modifier && mended != word) return {mended};
    }
    return {};
}

// "ipv4:", "ip:", "incldue:", "redirct=".
Words correct_name(std::string_view word)
{
    const auto qualifier = qualifier_of(word);
    const auto body = word.substr(qualifier.size());
    const auto at = body.find_first_of(":=/");
    const auto name = ascii_lower(body.substr(0, at));
    const auto rest = at == std::string_view::npos ? std::string_view() : body.substr(at);
    const bool means_address = name.starts_with("ip") && name.size() <= 5;
    if (means_address && rest.size() > 1)
        if (const auto term = as_network_term(rest.substr(1))) return {concat({qualifier, *term})};
    Words found;
    for (const std::string_view known : {"include", "redirect", "exists"}) {
        if (name.size() + 2 < known.size() || name == known || distance_of(name, known) > 2) continue;
        auto mended = concat({qualifier, known, rest});
        const auto kind = read_term(mended).kind;
        if (kind != Kind::unknown && kind != Kind::modifier) found.push_back(mended);
    }
    return found.size() == 1 ? found : Words();
}

std::optional<Mend> mend_address(std::string_view word)
{
    const auto qualifier = qualifier_of(word);
    const auto body = word.substr(qualifier.size());
    if (const auto term = as_network_term(body)) return Mend{ProblemKind::bare_address, {concat({qualifier, *term})}};
    const auto colon = body.find(':');
    const auto name = ascii_lower(body.substr(0, colon));
    if (colon == std::string_view::npos || colon + 1 == body.size()) return std::nullopt;
    const auto argument = body.substr(colon + 1);
    const auto as_network = as_network_term(argument);
    const bool is_network = name == "ip4" || name == "ip6";
    if (as_network && is_network) return Mend{ProblemKind::wrong_family, {concat({qualifier, *as_network})}};
    if (as_network && (name == "a" || name == "mx" || name == "include" || name == "exists"))
        return Mend{ProblemKind::bad_name, {concat({qualifier, *as_network})}};
    if (!is_network) return std::nullopt;
    if (auto mended = with_prefix_for_mask(word)) return Mend{ProblemKind::bad_prefix, {*mended}};
    const auto slash = argument.find('/');
    const auto address = parse_ip(argument.substr(0, slash));
    return Mend{address ? ProblemKind::bad_prefix : ProblemKind::bad_address, {}};
}

Mend mend_known_name(std::string_view word)
{
    const auto qualifier = qualifier_of(word);
    const auto body = word.substr(qualifier.size());
    const auto at = body.find_first_of(":=/.");
    const auto name = ascii_lower(body.substr(0, at));
    const auto rest = at == std::string_view::npos ? std::string_view() : body.substr(at);
    if (name == "all") return {ProblemKind::unwanted_argument, rest.size() == 1 ? Words{concat({qualifier, "all"})} : Words()};
    if ((name == "a" || name == "mx" || name == "ptr") && rest == ":")
        return {ProblemKind::missing_argument, {concat({qualifier, name})}};
    const bool wants_name = name == "include" || name == "exists" || name == "redirect" || name == "exp";
    if (wants_name && rest.size() <= 1) return {ProblemKind::missing_argument, {}};
    if (name == "a" || name == "mx")
        return {rest.find('/') != std::string_view::npos ? ProblemKind::bad_prefix : ProblemKind::bad_name, {}};
    if (wants_name || name == "ptr") return {ProblemKind::bad_name, {}};
    return {ProblemKind::unknown_mechanism, {}};
}

}  // namespace

Mend find_mend(std::string_view word)
{
    if (word.size() > max_mended_bytes) return mend_known_name(word);
    if (auto two = split_run_together(word); !two.empty()) return {ProblemKind::missing_space, std::move(two)};
    if (auto several = split_at_commas(word); !several.empty()) return {ProblemKind::wrong_separator, std::move(several)};
    if (auto address = mend_address(word)) return std::move(*address);
    if (auto swapped = swap_separator(word); !swapped.empty()) return {ProblemKind::wrong_separator, std::move(swapped)};
    if (auto named = correct_name(word); !named.empty()) return {ProblemKind::unknown_mechanism, std::move(named)};
    return mend_known_name(word);
}

void Mender::report(ProblemKind kind, const Word& word, std::string mended)
{
    Problem problem;
    problem.kind = kind;
    problem.where = word.text;
    problem.column = word.column;
    problem.mended = std::move(mended);
    draft_.problems.push_back(std::move(problem));
}

void Mender::report_once(ProblemKind kind, std::size_t column)
{
    for (const auto& known : draft_.problems)
        if (known.kind == kind) return;
    Problem problem;
    problem.kind = kind;
    problem.column = column;
    draft_.problems.push_back(std::move(problem));
}

// Words between blanks; quotes end a word too, since what stood in two strings was meant as two.
void Mender::split_words()
{
    const std::string_view text = draft_.text;
    Word word;
    const auto end_word = [&](std::size_t next) {
        if (!word.text.empty()) words_.push_back(word);
        word = Word{{}, next + 1};
    };
    for (std::size_t i = 0; i < text.size();) {
        const auto* odd = find_lookalike(text.substr(i));
        const char c = odd ? odd->meant : text[i];
        const std::size_t length = odd ? odd->bytes.size() : 1;
        if (c == '"')
            report_once(ProblemKind::pasted_quotes, i + 1);
        else if (odd || (c != ' ' && is_ascii_space(c)))
            report_once(ProblemKind::odd_character, i + 1);
        if (c == ' ' || c == '"' || is_ascii_space(c))
            end_word(i + length);
        else
            word.text += c;
        i += length;
    }
    end_word(text.size());
}

// "include: example.org" and "- all" are one term each.
void Mender::join_parted_words()
{
    for (std::size_t i = 0; i + 1 < words_.size(); ++i) {
        const auto& text = words_[i].text;
        const bool is_cut =
            ((text.size() == 1 && is_qualifier(text.front())) || text.ends_with(':') || text.ends_with('=')) && !reads(text);
        const auto joined = text + words_[i + 1].text;
        if (!is_cut || !reads(joined) || (words_[i + 1].text.find(':') != std::string::npos && reads(words_[i + 1].text)))
            continue;
        report(ProblemKind::space_in_term, {text + ' ' + words_[i + 1].text, words_[i].column}, joined);
        words_[i].text = joined;
        words_.erase(words_.begin() + static_cast<std::ptrdiff_t>(i) + 1);
    }
}

void Mender::take_version()
{
    for (auto word = words_.begin(); word != words_.end();) {
        auto& text = word->text;
        if (!istarts_with(text, version)) {
            ++word;
            continue;
        }
        const auto before = std::string_view(draft_.text).substr(0, word->column - 1);
        const bool is_first =
            word == words_.begin() && std::all_of(before.begin(), before.end(), [](char c) { return c == '"'; });
        auto rest = std::string_view(text).substr(version.size());
        if (!is_first) report(ProblemKind::version_not_first, *word);
        while (!rest.empty() && (rest.front() == ';' || rest.front() == ',' || rest.front() == ':')) rest.remove_prefix(1);
        if (rest.size() + version.size() != text.size()) report(ProblemKind::wrong_separator, *word, std::string(version));
        if (rest.empty()) {
            word = words_.erase(word);
            continue;
        }
        report(ProblemKind::missing_space, *word, std::string(version) + ' ' + std::string(rest));
        text = std::string(rest);
        ++word;
    }
}

void Mender::read_word(const Word& word)
{
    Term term = read_term(word.text);
    term.column = word.column;
    if (term.kind != Kind::unknown) {
        // "ip4=192.0.2.1" is a modifier that nobody knows, and so is ignored; "include:a.example-all" asks
        // for a top-level domain that nobody has: hardly what was meant.
        const bool is_doubtful = term.kind == Kind::modifier || term.domain.ends_with("-all");
        const auto meant = is_doubtful ? find_mend(word.text) : Mend();
        // It stays as it is: what the record says today is not widened behind its owner's back.
        if (!meant.words.empty()) report(ProblemKind::misread_term, word, join(meant.words, " "));
        draft_.terms.push_back(std::move(term));
        return;
    }
    auto mend = find_mend(word.text);
    report(mend.kind, word, join(mend.words, " "));
    draft_.has_unmended = draft_.has_unmended || mend.words.empty();
    for (const auto& text : mend.words) {
        Term mended = read_term(text);
        mended.column = word.column;
        draft_.terms.push_back(std::move(mended));
    }
}

// RFC 7208 §6: "These two modifiers MUST NOT appear in a record more than once each."
void Mender::check_repeated_modifiers()
{
    for (const Kind kind : {Kind::redirect, Kind::exp}) {
        const Term* first = nullptr;
        for (auto term = draft_.terms.begin(); term != draft_.terms.end();) {
            if (term->kind != kind || !first) {
                if (term->kind == kind) first = &*term;
                ++term;
                continue;
            }
            const bool is_same = term->says_the_same_as(*first);
            report(ProblemKind::repeated_modifier, {term->text, term->column}, is_same ? first->text : std::string());
            draft_.has_unmended = draft_.has_unmended || !is_same;
            term = draft_.terms.erase(term);
        }
    }
}

void Mender::run()
{
    if (draft_.text.size() > max_draft_bytes) {
        draft_.has_unmended = true;
        return;
    }
    split_words();
    take_version();
    join_parted_words();
    for (const auto& word : words_) read_word(word);
    check_repeated_modifiers();
}

}  // namespace sealpost::spfadvice
