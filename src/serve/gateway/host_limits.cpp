#include "serve/gateway/host_limits.hpp"

#include "base/network.hpp"

#include <chrono>

namespace sealpost::gateway {

HostKey::HostKey(const IpAddress& address, unsigned bits_v4, unsigned bits_v6)
    : prefix(first_of({address, static_cast<int>(address.is_v4() ? bits_v4 : bits_v6)})),
      bits(address.is_v4() ? bits_v4 : bits_v6)
{
}

WallTime HostLimits::this_hour() const { return std::chrono::floor<std::chrono::hours>(clock_.now()); }

std::optional<Place> HostLimits::enter(const HostKey& key, unsigned most)
{
    const std::lock_guard guard(lock_);
    const auto host = find_or_add(key);
    if (host->connections >= most) {
        if (host->connections == 0) rest(host);
        return std::nullopt;
    }
    if (host->connections++ == 0) connected_.splice(connected_.end(), idle_, host);
    return Place([this, key] { leave(key); });
}

void HostLimits::leave(const HostKey& key)
{
    const std::lock_guard guard(lock_);
    const auto host = by_key_.at(key);
    if (--host->connections > 0) return;
    idle_.splice(idle_.end(), connected_, host);
    rest(host);
}

bool HostLimits::take_recipient(const HostKey& key, unsigned most)
{
    const std::lock_guard guard(lock_);
    const auto host = find_or_add(key);
    const bool has_room = most == 0 || host->recipients < most;
    if (has_room) ++host->recipients;
    if (host->connections == 0) rest(host);
    return has_room;
}

void HostLimits::count(const HostKey& key, unsigned Host::*what)
{
    const std::lock_guard guard(lock_);
    const auto host = find_or_add(key);
    ++((*host).*what);
    if (host->connections == 0) rest(host);
}

void HostLimits::count_invalid_recipient(const HostKey& key) { count(key, &Host::invalid_recipients); }

bool HostLimits::try_password(const HostKey& key, unsigned most)
{
    const std::lock_guard guard(lock_);
    const auto host = find_or_add(key);
    const bool may_try = host->wrong_passwords < most;
    if (may_try) ++host->wrong_passwords;
    if (host->connections == 0) rest(host);
    return may_try;
}

// The hour may have struck meanwhile.
void HostLimits::take_password_back(const HostKey& key)
{
    const std::lock_guard guard(lock_);
    const auto host = find_or_add(key);
    if (host->wrong_passwords > 0) --host->wrong_passwords;
    if (host->connections == 0) rest(host);
}

// Under lock_. Null: nothing was counted in this hour.
const HostLimits::Host* HostLimits::find_this_hour(const HostKey& key) const
{
    const auto found = by_key_.find(key);
    return found == by_key_.end() || found->second->hour != this_hour() ? nullptr : &*found->second;
}

bool HostLimits::has_harvested(const HostKey& key, unsigned most) const
{
    const std::lock_guard guard(lock_);
    const Host* host = find_this_hour(key);
    return most != 0 && host != nullptr && host->invalid_recipients >= most;
}

std::size_t HostLimits::known_hosts() const
{
    const std::lock_guard guard(lock_);
    return by_key_.size();
}

// A new host is idle. Counts of an hour that is over are gone.
HostLimits::Hosts::iterator HostLimits::find_or_add(const HostKey& key)
{
    const auto [at, is_new] = by_key_.try_emplace(key);
    if (is_new) at->second = idle_.insert(idle_.end(), Host{.key = key});
    Host& host = *at->second;
    const WallTime hour = this_hour();
    if (host.hour != hour) {
        host.hour = hour;
        host.recipients = host.invalid_recipients = host.wrong_passwords = 0;
    }
    return at->second;
}

// The host was active last of all idle ones. What is not worth remembering goes.
void HostLimits::rest(Hosts::iterator host)
{
    const WallTime hour = this_hour();
    idle_.splice(idle_.end(), idle_, host);
    if (host->hour != hour || (host->recipients == 0 && host->invalid_recipients == 0 && host->wrong_passwords == 0))
        forget(host);
    while (!idle_.empty() && (idle_.size() > max_idle_hosts_ || idle_.front().hour != hour)) forget(idle_.begin());
}

void HostLimits::forget(Hosts::iterator host)
{
    by_key_.erase(host->key);
    idle_.erase(host);
}

Places::Given Places::take(const IpAddress& host)
{
    const auto answer = places_.take(host);
    tell();
    if (answer != net::SharedPlaces::Answer::taken) return {std::nullopt, answer == net::SharedPlaces::Answer::all_are_taken};
    return {Place([this, host] {
                places_.leave(host);
                tell();
            }),
            false};
}

void Places::tell() const
{
    if (tell_) tell_(places_.taken());
}

}  // namespace sealpost::gateway
