#include "core/people/password_checker.hpp"

#include "sys/crypto/password.hpp"
#include "sys/crypto/random.hpp"

namespace sealpost::people {

// A place among those who may wait for a hash.
class PasswordChecker::Place {
public:
    Place(std::atomic<unsigned>& waiting, unsigned most) : waiting_(waiting), taken_(++waiting <= most) {}
    ~Place() { --waiting_; }
    Place(const Place&) = delete;
    Place& operator=(const Place&) = delete;
    [[nodiscard]] bool taken() const { return taken_; }

private:
    std::atomic<unsigned>& waiting_;
    bool taken_;
};

namespace {

Error too_busy() { return {Fault::retry_later, "too many passwords are being checked at once"}; }

}  // namespace

PasswordChecker::PasswordChecker() : PasswordChecker(Limits{}) {}
PasswordChecker::PasswordChecker(Limits limits) : limits_(limits), pool_(limits.at_once) {}

Task<Result<std::string>> PasswordChecker::hash(Secret password)
{
    const Place place(waiting_, limits_.most_waiting);
    if (!place.taken()) co_return too_busy();
    auto work = [&password] { return crypto::hash_password(password); };
    auto text = co_await pool_.run(work);
    co_return text;
}

Task<Result<PasswordChecker::Verdict>> PasswordChecker::check(std::string hash, Secret password)
{
    const Place place(waiting_, limits_.most_waiting);
    if (!place.taken()) co_return too_busy();
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
