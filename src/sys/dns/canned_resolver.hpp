#pragma once

#include "sys/dns/resolver.hpp"

#include <map>
#include <mutex>
#include <set>

namespace sealpost::dns {

// A world for tests, as zone lines "NAME TYPE DATA":
//
//   acme.test      MX    10 mx.acme.test
//   mx.acme.test   A     192.0.2.1
//   acme.test      TXT   v=spf1 mx -all          (the rest of the line, quotes not needed)
//   www.acme.test  CNAME acme.test
//   192.0.2.1      PTR   mx.acme.test            (the address stands for its reverse name)
//   bad.test       TEMPORARY                     (every type fails for now)
//   bad.test       MX    TEMPORARY               (only this type)
//   acme.test      SECURE                        (answers for this name are validated)
//   acme.test      UNVALIDATED                   (they could not be, for the moment)
//
// '#' starts a comment line. A name that no line mentions, nor one below it, does not exist.
class CannedResolver final : public Resolver {
public:
    // Lines that make no sense are a defect of the test: std::invalid_argument.
    explicit CannedResolver(std::string_view zone_lines);

    Task<Answer> query(std::string name, Type type, Deadline deadline) override;
    [[nodiscard]] Answer answer(std::string_view name, Type type) const;
    [[nodiscard]] std::vector<std::string> asked() const;  // "acme.test MX", in order

private:
    void add_line(std::string_view line);
    [[nodiscard]] bool exists(const std::string& name) const;
    [[nodiscard]] Answer answer_here(const std::string& name, Type type) const;

    std::map<std::string, std::map<Type, std::vector<std::string>>> records_;
    std::set<std::pair<std::string, std::optional<Type>>> temporary_;
    std::set<std::string> secure_;
    std::set<std::string> unvalidated_;
    mutable std::mutex lock_;
    std::vector<std::string> asked_;  // under lock_
};

}  // namespace sealpost::dns
