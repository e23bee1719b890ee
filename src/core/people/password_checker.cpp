#include "core/people/password_checker.hpp"

#include "sys/async/resume.hpp"
#include "sys/crypto/password.hpp"
#include "sys/crypto/random.hpp"

namespace sealpost::people {

// The turn of one hash, from when it comes to its end.
class PasswordChecker::Turn {
public:
    Turn(HashLine& line, Place place) : line_(line), place_(std::move(place)) {}
    ~Turn()
    {
        if (has_come_) line_.leave();
    }
    Turn(const Turn&) = delete;
    Turn& operator=(const Turn&) = delete;

    // Whether it came.
    Task<bool> wait()
    {
        std::function<void(std::function<void()>)> begin = [this](std::function<void()> resume) {
            line_.join(place_, [this, resume = std::move(resume)](bool has_turn) {
                has_come_ = has_turn;
                resume();
            });
        };
        co_await async::resume_when(std::move(begin));
        co_return has_come_;
    }

private:
    HashLine& line_;
    const Place place_;
    bool has_come_ = false;
};

namespace {

Error too_busy() { return {Fault::retry_later, "too many passwords are being checked at once"}; }

}  // namespace

PasswordChecker::PasswordChecker() : PasswordChecker(Limits{}) {}
PasswordChecker::PasswordChecker(Limits limits) : line_(limits), pool_(limits.at_once) {}

Task<Result<std::string>> PasswordChecker::hash(Secret password)
{
    Turn turn(line_, {"", true});
    const bool has_turn = co_await turn.wait();
    if (!has_turn) co_return too_busy();
    auto work = [&password] { return crypto::hash_password(password); };
    auto text = co_await pool_.run(work);
    co_return text;
}

Task<Result<PasswordChecker::Verdict>> PasswordChecker::check(std::string hash, Secret password, Place place)
{
    Turn turn(line_, std::move(place));
    const bool has_turn = co_await turn.wait();
    if (!has_turn) co_return too_busy();
    auto work = [this, &hash, &password] {
        std::call_once(nobody_made_, [this] { nobody_ = crypto::hash_password(crypto::random_secret(32)); });
        const bool matches = crypto::check_password(hash.empty() ? nobody_ : hash, password);
        Verdict verdict{matches && !hash.empty(), {}};
        if (verdict.right && crypto::needs_rehash(hash)) verdict.better_hash = crypto::hash_password(password);
        return verdict;
    };
    auto verdict = co_await pool_.run(work);
    co_return verdict;
}

}  // namespace sealpost::people
