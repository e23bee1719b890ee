#pragma once

#include "sys/dns/resolver.hpp"

#include <map>

namespace sealpost::spfadvice {

// Asks each question once and remembers the answer: hundreds of probes look at the same names. For the
// tasks of one executor; lives for one piece of advice. Beyond max_answers nothing more is kept.
class MemoResolver final : public dns::Resolver {
public:
    explicit MemoResolver(dns::Resolver& below) : below_(below) {}
    Task<dns::Answer> query(std::string name, dns::Type type, Deadline deadline) override;

private:
    static constexpr std::size_t max_answers = 20'000;
    dns::Resolver& below_;
    std::map<std::pair<std::string, dns::Type>, dns::Answer> answers_;
};

// The world as it would be if `name` published `record` as its only TXT record.
class OverlayResolver final : public dns::Resolver {
public:
    OverlayResolver(dns::Resolver& below, std::string name, std::string record)
        : below_(below), name_(std::move(name)), record_(std::move(record))
    {
    }
    Task<dns::Answer> query(std::string name, dns::Type type, Deadline deadline) override;

private:
    dns::Resolver& below_;
    std::string name_;
    std::string record_;
};

}  // namespace sealpost::spfadvice
