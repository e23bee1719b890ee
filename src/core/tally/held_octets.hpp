#pragma once

#include <cstdint>

namespace sealpost::tally {

// Mail that is held whole while it is read: so many octets at the same time, and one alone whatever its size. On one
// executor.
class HeldOctets {
public:
    explicit HeldOctets(std::int64_t most) : most_(most) {}
    HeldOctets(const HeldOctets&) = delete;
    HeldOctets& operator=(const HeldOctets&) = delete;

    // Room for one mail, until it is destroyed.
    class Place {
    public:
        Place(HeldOctets& all, std::int64_t octets) : all_(all)
        {
            if (all.held_ > 0 && octets > all.most_ - all.held_) return;
            octets_ = octets;
            all.held_ += octets;
            is_taken_ = true;
        }
        ~Place() { all_.held_ -= octets_; }
        Place(const Place&) = delete;
        Place& operator=(const Place&) = delete;
        [[nodiscard]] bool is_taken() const { return is_taken_; }

    private:
        HeldOctets& all_;
        std::int64_t octets_ = 0;
        bool is_taken_ = false;
    };

private:
    std::int64_t most_;
    std::int64_t held_ = 0;
};

}  // namespace sealpost::tally
