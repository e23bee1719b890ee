#pragma once

#include "base/run_ids.hpp"
#include "serve/courier/courier.hpp"
#include "serve/courier/domain_limits.hpp"
#include "serve/courier/ledger.hpp"
#include "serve/courier/link.hpp"
#include "serve/courier/plan.hpp"

#include <list>
#include <random>

namespace sealpost::courier {

// Of courier only: hosts and transactions in courier.cpp, connections and limits in places.cpp, what TLS has to prove
// in proofs.cpp.
struct Courier::State {
    explicit State(CourierOptions o) : options(std::move(o)), chance(std::random_device{}()) {}

    // One order on its way.
    struct Errand {
        explicit Errand(Order o, Deadline d) : order(std::move(o)), deadline(d), ledger(order.mail.recipients) {}
        Order order;
        Deadline deadline;
        Ledger ledger;
        std::vector<Attempt> attempts;
        unsigned hosts = 0;                                                 // that were tried
        bool left_some_out = false;                                         // hosts, or addresses that DNS did not tell
        bool stopped = false;                                               // no further host would help
        std::optional<std::pair<std::string, route::StsFinding>> sts = {};  // of the domain whose MX are being tried
    };

    Task<void> try_hosts(Errand& errand);
    Task<void> try_domain(Errand& errand, Hop hop);
    static void leave_out_ourselves(const Order& order, Plan& plan);
    void bound_hosts(Errand& errand, Plan& plan) const;
    [[nodiscard]] static bool is_settled(const Errand& errand);  // or nothing more can be done
    [[nodiscard]] bool is_over(const Errand& errand) const;      // for further hosts
    void warn_of_tls(const Order& order, const CarryReport& report) const;
    void leave_out_families(const Order& order, dns::Addresses& found) const;
    Task<void> try_hop(Errand& errand, Hop hop);
    Task<void> try_address(Errand& errand, LinkKey key, const HostRuling& ruling);
    Task<std::unique_ptr<Link>> find_link(Errand& errand, LinkKey key, bool may_reuse, Attempt& attempt,
                                          const HostRuling& ruling);
    Task<HostRuling> rule(Errand& errand, Hop hop, dns::Addresses addresses);
    Task<route::StsFinding> find_sts(Errand& errand, std::string domain);
    void forbid(Errand& errand, const Hop& hop, const HostRuling& ruling);
    void refuse_without_requiretls(Errand& errand) const;
    void tell(const Errand& errand, const HostRuling& ruling, const Attempt& attempt, const Link::Opening& opening) const;
    void tell_of_policy(const std::string& domain, const route::StsFinding& sts) const;
    Task<bool> send(Errand& errand, std::unique_ptr<Link> link, std::vector<std::size_t> chosen, Attempt attempt);
    Task<void> keep(const Errand& errand, std::unique_ptr<Link> link);
    Task<void> close_those_at_rest(bool all);
    std::unique_ptr<Link> take_rested(const Errand& errand, const LinkKey& key, bool own_seat_only);
    std::unique_ptr<Link> take_rested_of(const std::string& domain);
    Task<std::unique_ptr<Link>> await_place(Errand& errand, LinkKey key, bool may_reuse, Seat& seat);
    std::size_t restrain(Errand& errand);  // how many recipients may go
    void give_back(const Errand& errand, const CarryReport& report, std::size_t granted);
    void postpone(Errand& errand, std::string why, std::chrono::milliseconds wait, std::size_t first);
    [[nodiscard]] unsigned max_messages(const Errand& errand) const;
    bool is_unfit(Errand& errand, const Link& link, const Attempt& attempt);
    static void refuse_without_smtputf8(Errand& errand);
    void note_unresolved(Errand& errand, const Hop& hop, const dns::Addresses& found);
    void record(Errand& errand, Attempt attempt);
    smtp::OutgoingMail select(const Errand& errand, const std::vector<std::size_t>& chosen) const;

    CourierOptions options;
    RunIds ids{"delivery"};
    std::mt19937 chance;
    Turns turns;
    DomainLimits domain_limits;
    std::list<std::unique_ptr<Link>> rested;  // oldest first
};

}  // namespace sealpost::courier
