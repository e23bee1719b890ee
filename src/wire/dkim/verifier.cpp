#include "wire/dkim/verifier.hpp"

#include "base/text.hpp"
#include "sys/async/task_group.hpp"
#include "wire/dkim/chain.hpp"
#include "wire/dkim/head.hpp"
#include "wire/dkim/key_record.hpp"
#include "wire/dkim/signer.hpp"

#include <map>

namespace sealpost::dkim {
namespace {

using Keys = std::map<std::string, dns::TextAnswer>;  // by the name where they stand

// A DKIM-Signature, and what is known of it before its key.
struct Candidate {
    std::size_t field = 0;  // in the head
    SignatureField signature{};
    Judgement judgement{};
    std::size_t body = 0;  // number of its body hash
};

crypto::Digest256 hash_head(const Head& head, const SignatureField& signature, std::size_t field)
{
    crypto::Sha256 sha;
    head.hash(sha, head.select(signature.names, field), signature.head_canon);
    sha.update(format_unsigned(head.raw(field), signature.head_canon));
    return sha.finish();
}

std::string key_name(const SignatureField& signature) { return record_name(signature.domain, signature.selector); }

Task<void> fetch(dns::Resolver& resolver, std::string name, Deadline deadline, dns::TextAnswer& into)
{
    into = co_await dns::find_txt(resolver, std::move(name), deadline);
}

Task<void> fetch_all(dns::Resolver& resolver, Deadline deadline, Keys& keys)
{
    Executor executor = co_await async::this_executor();
    async::TaskGroup group(executor);
    for (auto& [name, answer] : keys) group.spawn(fetch(resolver, name, deadline, answer));
    co_await group.join();
}

// RFC 6376 §3.6.1: whether a signature that fails is one of a test, its key says alone.
bool needs_key(const Judgement& judgement) { return judgement.is_good() || judgement.verdict == Verdict::fail; }

SignatureReport begin_report(const Candidate& candidate)
{
    SignatureReport report;
    report.verdict = candidate.judgement.verdict;
    report.problem = candidate.judgement.problem;
    report.domain = candidate.signature.domain;
    report.selector = candidate.signature.selector;
    report.identity = candidate.signature.identity;
    report.algorithm = candidate.signature.algorithm;
    report.signature_start = candidate.signature.signature_start;
    return report;
}

}  // namespace

std::string_view format_verdict(Verdict verdict)
{
    switch (verdict) {
        case Verdict::none: return "none";
        case Verdict::pass: return "pass";
        case Verdict::fail: return "fail";
        case Verdict::policy: return "policy";
        case Verdict::neutral: return "neutral";
        case Verdict::temperror: return "temperror";
        case Verdict::permerror: break;
    }
    return "permerror";
}

std::string_view format_chain_verdict(ChainVerdict verdict)
{
    if (verdict == ChainVerdict::none) return "none";
    return verdict == ChainVerdict::pass ? "pass" : "fail";
}

struct Verifier::State {
    State(WallTime time, VerifierLimits bounds) : now(time), limits(bounds), head(bounds.max_head_bytes) {}

    void read_head();
    void judge_bodies();
    [[nodiscard]] Keys needed_keys() const;
    [[nodiscard]] SignatureReport judge(const Candidate& candidate, const Keys& keys) const;
    [[nodiscard]] ChainReport judge_chain(const Keys& keys) const;
    [[nodiscard]] Judgement judge_chain_signatures(const Keys& keys) const;
    [[nodiscard]] Judgement judge_one(const SignatureField& signature, const crypto::Digest256& digest, const Keys& keys) const;

    WallTime now;
    VerifierLimits limits;
    Head head;
    bool is_too_large = false;
    BodyHashes bodies;
    std::vector<Candidate> candidates;
    ChainShape chain;
    std::size_t chain_body = 0;
    Judgement chain_judgement;  // of what needs no key
};

void Verifier::State::read_head()
{
    for (const std::size_t field : head.find_all("dkim-signature")) {
        if (candidates.size() == limits.max_signatures) break;
        Candidate candidate{field};
        candidate.judgement = read_signature(head.value(field), FieldKind::dkim, candidate.signature);
        if (is_too_large) candidate.judgement = {Verdict::neutral, "the head is too large to be looked at"};
        if (candidate.judgement.is_good())
            candidate.body = bodies.add(candidate.signature.body_canon, candidate.signature.length);
        candidates.push_back(std::move(candidate));
    }
    chain = read_chain(head, limits.max_sets);
    if (is_too_large && chain.highest > 0) chain.problem = "the head is too large to be looked at";
    if (chain.highest > 0 && chain.is_sound()) chain_body = bodies.add(chain.message.body_canon, chain.message.length);
}

void Verifier::State::judge_bodies()
{
    for (auto& candidate : candidates) {
        if (!candidate.judgement.is_good()) continue;
        candidate.judgement = judge_body(candidate.signature, bodies.digest(candidate.body), bodies.size(candidate.body));
        if (candidate.judgement.is_good() && judge_times(candidate.signature, now).verdict == Verdict::fail)
            candidate.judgement = judge_times(candidate.signature, now);
    }
    if (chain.highest == 0) return;
    chain_judgement = chain.is_sound() ? judge_body(chain.message, bodies.digest(chain_body), bodies.size(chain_body))
                                       : Judgement{Verdict::fail, chain.problem};
    const Judgement times = judge_times(chain.message, now);
    if (chain_judgement.is_good() && times.verdict == Verdict::fail)
        chain_judgement = {Verdict::fail, "ARC-Message-Signature: " + times.problem};
}

Keys Verifier::State::needed_keys() const
{
    Keys keys;
    for (const auto& candidate : candidates)
        if (needs_key(candidate.judgement)) keys.try_emplace(key_name(candidate.signature));
    if (chain.highest == 0 || !chain_judgement.is_good()) return keys;
    keys.try_emplace(key_name(chain.message));
    for (const auto& set : chain.sets) keys.try_emplace(key_name(set.seal_field));
    return keys;
}

SignatureReport Verifier::State::judge(const Candidate& candidate, const Keys& keys) const
{
    SignatureReport report = begin_report(candidate);
    if (!needs_key(candidate.judgement)) return report;
    const SignatureField& signature = candidate.signature;
    const auto key = judge_key(signature, hash_head(head, signature, candidate.field), keys.at(key_name(signature)), limits);
    report.key_bits = key.bits;
    report.testing = key.is_testing;
    if (!candidate.judgement.is_good()) return report;
    Judgement judgement = key.judgement;
    // What passes may still be less than it seems.
    if (judgement.is_good()) judgement = judge_times(signature, now);
    if (judgement.is_good() && signature.length && *signature.length < bodies.size(candidate.body))
        judgement = {Verdict::policy, "l= leaves a part of the body unsigned"};
    report.verdict = judgement.verdict;
    report.problem = judgement.problem;
    return report;
}

Judgement Verifier::State::judge_one(const SignatureField& signature, const crypto::Digest256& digest, const Keys& keys) const
{
    return judge_key(signature, digest, keys.at(key_name(signature)), limits).judgement;
}

// RFC 8617 §5.2 steps 4 and 6: the newest message signature, and every seal.
Judgement Verifier::State::judge_chain_signatures(const Keys& keys) const
{
    const std::size_t field = chain.sets.back().message;
    Judgement judgement = judge_one(chain.message, hash_head(head, chain.message, field), keys);
    if (!judgement.is_good()) return {judgement.verdict, "ARC-Message-Signature: " + judgement.problem};
    if (chain.message.length && *chain.message.length < bodies.size(chain_body))
        return {Verdict::policy, "ARC-Message-Signature: l= leaves a part of the body unsigned"};
    for (std::size_t i = chain.sets.size(); i > 0; --i) {
        judgement = judge_one(chain.sets[i - 1].seal_field, hash_seal(head, chain, i), keys);
        if (!judgement.is_good()) return {judgement.verdict, "ARC-Seal " + std::to_string(i) + ": " + judgement.problem};
    }
    return {};
}

ChainReport Verifier::State::judge_chain(const Keys& keys) const
{
    ChainReport report;
    report.instances = chain.highest;
    if (chain.highest == 0) return report;
    if (!chain.sets.empty()) {
        const std::string_view results = head.value(chain.sets.back().results);
        report.sealer = chain.sets.back().seal_field.domain;
        for (const char c : trim(results.substr(results.find(';') + 1)))
            if (c != '\r' && c != '\n') report.authentication_results += c;
    }
    const Judgement judgement = chain_judgement.is_good() ? judge_chain_signatures(keys) : chain_judgement;
    report.verdict = judgement.is_good() ? ChainVerdict::pass : ChainVerdict::fail;
    report.temporary = judgement.verdict == Verdict::temperror;
    report.problem = judgement.problem;
    return report;
}

Verifier Verifier::begin(WallTime now, VerifierLimits limits) { return Verifier(std::make_shared<State>(now, limits)); }

void Verifier::append_field(std::string_view raw)
{
    if (!state_->head.append(raw)) state_->is_too_large = true;
}

void Verifier::end_head() { state_->read_head(); }
void Verifier::append_body(std::string_view piece) { state_->bodies.append(piece); }

Task<MessageReport> Verifier::finish(dns::Resolver& resolver, Deadline deadline)
{
    const auto state = state_;  // the Verifier may go before the task ends
    state->bodies.finish();
    state->judge_bodies();
    Keys keys = state->needed_keys();
    co_await fetch_all(resolver, deadline, keys);
    MessageReport report;
    for (const auto& candidate : state->candidates) report.signatures.push_back(state->judge(candidate, keys));
    report.chain = state->judge_chain(keys);
    co_return report;
}

}  // namespace sealpost::dkim
