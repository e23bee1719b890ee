#pragma once

#include <compare>
#include <cstddef>
#include <functional>
#include <utility>

namespace sealpost {

// A strong id: `using MessageId = Id<struct MessageIdTag, std::int64_t>;`. Ids of different kinds do
// not mix, and none converts from its representation by accident.
template <class Tag, class Representation>
class Id {
public:
    using representation = Representation;

    Id() = default;
    explicit Id(Representation value) : value_(std::move(value)) {}
    [[nodiscard]] const Representation& value() const { return value_; }

    friend bool operator==(const Id&, const Id&) = default;
    friend auto operator<=>(const Id&, const Id&) = default;

private:
    Representation value_{};
};

}  // namespace sealpost

template <class Tag, class Representation>
struct std::hash<sealpost::Id<Tag, Representation>> {
    std::size_t operator()(const sealpost::Id<Tag, Representation>& id) const { return std::hash<Representation>{}(id.value()); }
};
