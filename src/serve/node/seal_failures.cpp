#include "serve/node/seal_failures.hpp"

namespace sealpost::node {

void SealFailures::note(const sealer::SealOutcome& outcome)
{
    if (outcome.is_sealed) return end();
    const WallTime now = clock_.now();
    const std::lock_guard lock(guard_);
    if (!spell_) spell_ = Spell{now, now, outcome.trouble, {}, {}};
    spell_->latest = now;
    spell_->trouble = outcome.trouble;
    spell_->problem = outcome.problem;
    if (spell_->messages.size() < max_messages) spell_->messages.insert(outcome.message);
}

void SealFailures::end()
{
    const std::lock_guard lock(guard_);
    spell_.reset();
    ++ends_;
}

std::optional<SealFailures::Spell> SealFailures::find() const
{
    const std::lock_guard lock(guard_);
    return spell_;
}

std::uint64_t SealFailures::count_ends() const
{
    const std::lock_guard lock(guard_);
    return ends_;
}

}  // namespace sealpost::node
