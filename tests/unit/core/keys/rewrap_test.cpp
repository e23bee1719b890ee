#include "core/keys/fixture.hpp"

#include <condition_variable>
#include <mutex>

namespace sealpost::keys {
namespace {

using test::value_of;

// A key file behind a door at which the first two that wrap wait for one another, a minute at most.
class MeetingKey final : public test::GuardedKey {
public:
    using GuardedKey::GuardedKey;

    Result<Wrapped> wrap(const Policy& policy, const Secret& identity, std::string_view subject) override
    {
        {
            std::unique_lock lock(guard_);
            ++came_;
            changed_.notify_all();
            have_met = changed_.wait_for(lock, std::chrono::minutes(1), [this] { return came_ >= 2; });
        }
        return GuardedKey::wrap(policy, identity, subject);
    }

    bool have_met = false;

private:
    std::mutex guard_;
    std::condition_variable changed_;
    int came_ = 0;
};

class RewrapTest : public test::KeyStoreTest {};

// With a token in a network most of the time of a call is waiting.
TEST_F(RewrapTest, WrapsSeveralKeysAnewAtATime)
{
    store(make_envelope());
    auto another = make_envelope();
    another.policy.id = make_envelope_id();
    store(std::move(another));
    ASSERT_TRUE(kek_->add_version(clock_.now()).has_value());
    const auto meeting = std::make_shared<MeetingKey>(kek_);
    store_ = KeyStore::open({database_, &clock_, meeting, log::Log::silent(), {}}).value();
    EXPECT_EQ(value_of(store_->rewrap_all()), 2);
    EXPECT_TRUE(meeting->have_met);
    EXPECT_EQ(std::get<Released>(release_to_bob()).identity.reveal_text(), test::an_identity);
}

}  // namespace
}  // namespace sealpost::keys
