#include "wire/dkim/key_record.hpp"

#include "base/text.hpp"
#include "wire/dkim/tags.hpp"
#include "wire/mail/mailbox.hpp"

#include <algorithm>

namespace sealpost::dkim {
namespace {

constexpr std::size_t max_records = 3;  // of one selector; there should be one

Error bad(std::string what) { return {Fault::peer_broke_it, std::move(what)}; }

bool lists(std::string_view value, std::initializer_list<std::string_view> words)
{
    for (const auto item : split_items(value, ':'))
        if (std::ranges::any_of(words, [&](std::string_view word) { return iequals(word, item); })) return true;
    return false;
}

KeyJudgement permerror(std::string problem) { return {{Verdict::permerror, std::move(problem)}}; }

Result<crypto::PublicKey> read_key(const KeyRecord& record)
{
    if (record.kind == crypto::SignatureKind::ed25519) return crypto::PublicKey::parse_ed25519(record.key);
    return crypto::PublicKey::parse_rsa(record.key);
}

// RFC 6376 §6.1.2, in its order.
KeyJudgement check_record(const SignatureField& field, const KeyRecord& record, std::string_view further_service)
{
    const bool is_for_this =
        lists(record.services, {"*", "email"}) || (!further_service.empty() && lists(record.services, {further_service}));
    if (!is_for_this) return permerror("the key is not for mail (s=)");
    if (!record.takes_sha256) return permerror("the key does not take SHA-256 (h=)");
    if (record.key.empty()) return permerror("the key was revoked");
    if (record.kind != field.kind) return permerror("the key is of another kind than the signature");
    // §3.6.1, t=s: "the domain part of i= MUST NOT be a subdomain of d="
    if (record.is_exact && mail::domain_of(field.identity) != field.domain)
        return permerror("the key signs for its very domain only (t=s)");
    return {};
}

KeyJudgement judge_record(const SignatureField& field, const crypto::Digest256& head, std::string_view text,
                          const VerifierLimits& limits)
{
    const auto record = parse_key_record(text);
    if (record.has_error()) return permerror(record.error().text);
    KeyJudgement verdict = check_record(field, *record, limits.further_service);
    verdict.is_testing = record->is_testing;
    if (!verdict.judgement.is_good()) return verdict;
    const auto key = read_key(*record);
    if (key.has_error()) {
        verdict.judgement = {Verdict::permerror, key.error().text};
        return verdict;
    }
    verdict.bits = key->bits();
    const bool is_rsa = key->kind() == crypto::SignatureKind::rsa;
    if (is_rsa && verdict.bits > limits.most_key_bits)
        verdict.judgement = {Verdict::permerror, "a key of more than " + std::to_string(limits.most_key_bits) + " bits"};
    else if (!key->verify(head, field.signature))
        verdict.judgement = {Verdict::fail, "the signature does not match: a signed field was changed"};
    else if (is_rsa && verdict.bits < limits.least_key_bits)
        // RFC 8301 §3.2: "Verifiers MUST NOT consider signatures using RSA keys of less than 1024 bits as valid".
        verdict.judgement = {Verdict::policy, "a key of less than " + std::to_string(limits.least_key_bits) + " bits"};
    return verdict;
}

int rank(Verdict verdict)
{
    switch (verdict) {
        case Verdict::pass: return 3;
        case Verdict::policy: return 2;
        case Verdict::fail: return 1;
        default: return 0;
    }
}

}  // namespace

Result<KeyRecord> parse_key_record(std::string_view text)
{
    SEALPOST_TRY(const TagList tags, TagList::parse(text, EmptyTags::skipped));
    KeyRecord record;
    // RFC 6376 §3.6.1, v=: "This tag MUST be the first tag in the record. Records beginning with a "v=" tag with any
    // other value MUST be discarded."
    if (const auto version = tags.value("v"); version && (*version != "DKIM1" || tags.tags().front().name != "v"))
        return bad("not a key record of version DKIM1");
    const std::string_view kind = tags.value("k").value_or("rsa");
    if (iequals(kind, "ed25519"))
        record.kind = crypto::SignatureKind::ed25519;
    else if (!iequals(kind, "rsa"))
        return bad("a key of an unknown kind (k=)");
    const auto key = tags.value("p");
    if (!key) return bad("a key record without a key (p=)");
    auto octets = parse_base64string(*key);
    if (octets.has_error()) return bad("the key is not base64 (p=)");
    record.key = std::move(*octets);
    record.takes_sha256 = lists(tags.value("h").value_or("sha256"), {"sha256"});
    record.services = tags.value("s").value_or("*");
    record.is_testing = lists(tags.value("t").value_or(""), {"y"});
    record.is_exact = lists(tags.value("t").value_or(""), {"s"});
    return record;
}

KeyJudgement judge_key(const SignatureField& field, const crypto::Digest256& head, const dns::TextAnswer& answer,
                       const VerifierLimits& limits)
{
    if (answer.status == dns::Status::temporary) return {{Verdict::temperror, "the key cannot be fetched for now"}};
    if (answer.status != dns::Status::found || answer.texts.empty()) return permerror("no key at the selector");
    std::optional<KeyJudgement> best;
    for (std::size_t i = 0; i < std::min(max_records, answer.texts.size()); ++i) {
        auto one = judge_record(field, head, answer.texts[i], limits);
        if (!best || rank(one.judgement.verdict) > rank(best->judgement.verdict)) best = std::move(one);
        if (best->judgement.is_good()) break;
    }
    return *best;
}

}  // namespace sealpost::dkim
