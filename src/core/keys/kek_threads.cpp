#include "core/keys/kek_threads.hpp"

namespace sealpost::keys {

Result<> KekThreads::enter()
{
    const std::lock_guard lock(guard_);
    if (!running_.empty() && std::chrono::steady_clock::now() - running_.begin()->second > patience_)
        return Error{Fault::retry_later, "the token of the key-encryption key does not answer"};
    if (calls_ >= most_calls) return Error{Fault::retry_later, "too many wait for the key-encryption key"};
    ++calls_;
    return {};
}

KekThreads::Call::Call(KekThreads& owner) : threads_(owner)
{
    const std::lock_guard lock(threads_.guard_);
    number_ = threads_.begun_++;
    threads_.running_.emplace(number_, std::chrono::steady_clock::now());
}

KekThreads::Call::~Call()
{
    const std::lock_guard lock(threads_.guard_);
    threads_.running_.erase(number_);
    --threads_.calls_;
}

}  // namespace sealpost::keys
