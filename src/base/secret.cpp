#include "base/secret.hpp"

#include <cstring>
#include <utility>

namespace sealpost {

Secret::Secret(Secret&& other) noexcept : bytes_(std::exchange(other.bytes_, {})) {}

Secret& Secret::operator=(Secret&& other) noexcept
{
    if (this == &other) return *this;
    wipe();
    bytes_ = std::exchange(other.bytes_, {});
    return *this;
}

Secret::~Secret() { wipe(); }

bool Secret::equals(ByteView other) const
{
    if (bytes_.size() != other.size()) return false;
    unsigned difference = 0;
    for (std::size_t i = 0; i < other.size(); ++i) difference |= static_cast<unsigned>(bytes_[i] ^ other[i]);
    return difference == 0;
}

void Secret::wipe() noexcept
{
    if (!bytes_.empty()) explicit_bzero(bytes_.data(), bytes_.size());
}

}  // namespace sealpost
