#include "wire/dkim/chain_sealer.hpp"

#include "base/text.hpp"
#include "wire/dkim/chain.hpp"
#include "wire/dkim/signing.hpp"
#include "wire/mail/header_block.hpp"

namespace sealpost::dkim {
namespace {

std::string unfold(std::string_view value)
{
    std::string line;
    for (const char c : value)
        if (c != '\r' && c != '\n') line += c;
    return std::string(trim(line));
}

// The parts between semicolons that stand in no quoted string and no comment.
std::vector<std::string_view> split_results(std::string_view value)
{
    std::vector<std::string_view> parts;
    std::size_t start = 0;
    bool is_quoted = false;
    unsigned depth = 0;
    for (std::size_t i = 0; i < value.size(); ++i) {
        const char c = value[i];
        if (c == '\\') ++i;
        if (c == '"' && depth == 0) is_quoted = !is_quoted;
        if (is_quoted) continue;
        if (c == '(') ++depth;
        if (c == ')' && depth > 0) --depth;
        if (c != ';' || depth > 0) continue;
        parts.push_back(trim(value.substr(start, i - start)));
        start = i + 1;
    }
    parts.push_back(trim(value.substr(std::min(start, value.size()))));
    return parts;
}

std::string_view first_word(std::string_view text) { return text.substr(0, std::min(text.find_first_of(" \t("), text.size())); }

// The value of our topmost Authentication-Results; empty without one.
std::string find_own_results(const Head& head, std::string_view authserv_id)
{
    for (const std::size_t field : head.find_all("authentication-results")) {
        std::string value = unfold(head.value(field));
        if (iequals(first_word(split_results(value).front()), authserv_id)) return value;
    }
    return {};
}

// RFC 8617 §7.1: arc=none|pass|fail. Absent: nobody has looked.
std::optional<ChainVerdict> find_chain_verdict(std::string_view results)
{
    for (const auto part : split_results(results)) {
        if (!istarts_with(part, "arc=")) continue;
        const std::string_view word = first_word(part.substr(4));
        if (iequals(word, "pass")) return ChainVerdict::pass;
        if (iequals(word, "fail")) return ChainVerdict::fail;
    }
    return std::nullopt;
}

}  // namespace

struct ChainSealer::State {
    SigningKey key;
    SealOptions options;
    VerifierLimits limits{};
    Head head{limits.max_head_bytes};
    BodyHashes body{};
    ChainShape chain{};
    std::string results{};
    std::optional<ChainVerdict> verdict{};
    std::optional<Verifier> verifier{};  // while nobody has looked at the chain

    State(SigningKey own, SealOptions wanted) : key(std::move(own)), options(std::move(wanted))
    {
        body.add(Canon::relaxed, std::nullopt);
    }

    void look_at_head();
    [[nodiscard]] Result<std::string> format_set() const;
    [[nodiscard]] Result<std::string> format_message_signature(unsigned instance) const;
    [[nodiscard]] Result<std::string> format_seal(unsigned instance, const std::string& results_field,
                                                  const std::string& message_field) const;
};

void ChainSealer::State::look_at_head()
{
    chain = read_chain(head, limits.max_sets);
    results = find_own_results(head, options.authserv_id);
    if (chain.highest == 0)
        verdict = ChainVerdict::none;
    else
        verdict = chain.is_sound() ? find_chain_verdict(results) : ChainVerdict::fail;
    if (verdict) return;
    limits.max_signatures = 0;
    verifier = Verifier::begin(options.now, limits);
    for (std::size_t i = 0; i < head.size(); ++i) verifier->append_field(head.raw(i));
    verifier->end_head();
}

Result<std::string> ChainSealer::State::format_message_signature(unsigned instance) const
{
    // RFC 8617 §4.1.2: "SHOULD include all DKIM-Signature header fields already present".
    auto names = names_to_sign(head);
    names.insert(names.end(), head.find_all("dkim-signature").size(), "dkim-signature");
    TagWriter writer("ARC-Message-Signature");
    writer.add("i", std::to_string(instance));
    writer.add("a", format_algorithm(key.kind()));
    writer.add("c", "relaxed/relaxed");
    writer.add("d", key.domain());
    writer.add("s", key.selector());
    writer.add("t", format_seconds(options.now));
    writer.add_list("h", names);
    writer.add_octets("bh", body.digest(0));
    crypto::Sha256 sha;
    head.hash(sha, head.select(names), Canon::relaxed);
    return seal_field(std::move(writer), std::move(sha), key.key());
}

Result<std::string> ChainSealer::State::format_seal(unsigned instance, const std::string& results_field,
                                                    const std::string& message_field) const
{
    TagWriter writer("ARC-Seal");
    writer.add("i", std::to_string(instance));
    writer.add("a", format_algorithm(key.kind()));
    writer.add("t", format_seconds(options.now));
    writer.add("cv", format_chain_verdict(*verdict));
    writer.add("d", key.domain());
    writer.add("s", key.selector());
    crypto::Sha256 sha;
    // RFC 8617 §5.1.2: of a failed chain only the new set is signed, "as if this newest ARC Set was the only set
    // present".
    if (verdict == ChainVerdict::pass)
        for (const auto& set : chain.sets) head.hash(sha, {set.results, set.message, set.seal}, Canon::relaxed);
    sha.update(canonical_field(results_field, Canon::relaxed));
    sha.update(canonical_field(message_field, Canon::relaxed));
    return seal_field(std::move(writer), std::move(sha), key.key());
}

Result<std::string> ChainSealer::State::format_set() const
{
    const unsigned instance = chain.highest + 1;
    std::string value = results.empty() ? options.authserv_id + "; none" : results;
    if (results.empty() && verdict != ChainVerdict::none)
        value = options.authserv_id + "; arc=" + std::string(format_chain_verdict(*verdict));
    const std::string results_field =
        mail::format_field("ARC-Authentication-Results", "i=" + std::to_string(instance) + "; " + value);
    SEALPOST_TRY(const std::string message_field, format_message_signature(instance));
    SEALPOST_TRY(const std::string seal, format_seal(instance, results_field, message_field));
    return seal + message_field + results_field;
}

Result<ChainSealer> ChainSealer::begin(SigningKey key, SealOptions options)
{
    if (key.kind() != crypto::SignatureKind::rsa) return Error{Fault::config, "ARC: the key must be an RSA key"};
    return ChainSealer(std::make_shared<State>(std::move(key), std::move(options)));
}

Result<> ChainSealer::append_field(std::string_view raw)
{
    if (!state_->head.append(raw)) return Error{Fault::peer_broke_it, "ARC: the head is too large to be sealed"};
    return {};
}

Result<> ChainSealer::end_head()
{
    if (state_->head.find_all("from").empty()) return Error{Fault::peer_broke_it, "ARC: a message without From"};
    state_->look_at_head();
    return {};
}

void ChainSealer::append_body(std::string_view piece)
{
    state_->body.append(piece);
    if (state_->verifier) state_->verifier->append_body(piece);
}

Task<Result<std::string>> ChainSealer::finish(dns::Resolver& resolver, Deadline deadline)
{
    const auto state = state_;
    state->body.finish();
    // RFC 8617 §5.1: a chain whose newest seal says cv=fail ends there; §4.2.1: fifty sets at most.
    if (state->chain.is_closed || state->chain.highest >= state->limits.max_sets) co_return std::string();
    if (state->verifier) {
        const MessageReport report = co_await state->verifier->finish(resolver, deadline);
        if (report.chain.temporary) co_return Error{Fault::retry_later, "ARC: " + report.chain.problem};
        state->verdict = report.chain.verdict;
    }
    co_return state->format_set();
}

}  // namespace sealpost::dkim
