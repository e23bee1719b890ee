#include "core/queue/plan.hpp"
#include "core/queue/store.hpp"

#include <algorithm>

namespace sealpost::queue {
namespace {

DueMessage make_due(MessageRow row, std::vector<RecipientRow> recipients)
{
    DueMessage due;
    due.id = row.id;
    due.content = row.content;
    due.size = row.bytes;
    due.lane = std::move(row.lane);
    due.sender = std::move(row.sender);
    due.envid = std::move(row.envid);
    due.ret = std::move(row.ret);
    due.facts = std::move(row.facts);
    due.smtputf8 = row.smtputf8;
    due.require_tls = row.require_tls;
    due.accepted_at = row.accepted_at;
    due.attempt = row.attempts + 1;
    for (auto& recipient : recipients) {
        if (recipient.is_held) continue;
        due.recipients.push_back({recipient.number, std::move(recipient.address), std::move(recipient.notify),
                                  std::move(recipient.orcpt), row.attempts});
    }
    return due;
}

}  // namespace

Result<Schedule::Found> Store::find_due(const Schedule::Turn& turn, const std::unordered_set<MessageId>& leased, WallTime now)
{
    Schedule::Found found{turn.domain, {}, false, std::nullopt, std::nullopt};
    auto rows = connection_.prepare(
        "select id, due_at from queue_message where owner = ? and domain = ? and due_at is not null order by due_at limit ?");
    const int limit = turn.quota + turn.leased + 1;
    rows.bind(1, owner_).bind(2, turn.domain).bind(3, limit);
    for (int seen = 0;; ++seen) {
        SEALPOST_TRY(const bool is_row, rows.step());
        if (!is_row) {
            found.has_more = seen == limit;
            return found;
        }
        const MessageId message(rows.column_int(0));
        const WallTime due_at = rows.column_time(1);
        if (due_at > now) {
            found.next_due = due_at;
            return found;
        }
        if (leased.contains(message)) continue;
        if (static_cast<int>(found.messages.size()) == turn.quota) {
            found.has_more = true;
            return found;
        }
        found.messages.push_back(message);
        found.reached = due_at;
    }
}

Result<std::vector<DueMessage>> Store::load_due(const std::vector<MessageId>& messages)
{
    std::vector<DueMessage> due;
    due.reserve(messages.size());
    for (const auto message : messages) {
        SEALPOST_TRY(auto row, find_message(message));
        if (!row) return Error{Fault::give_up, "the store lists message " + std::to_string(message.value()) + ", and lacks it"};
        SEALPOST_TRY(auto recipients, load_recipients(message));
        due.push_back(make_due(std::move(*row), std::move(recipients)));
    }
    return due;
}

// One question, which leaps through the index from domain to domain: a queue has many messages of few domains, or many domains
// and a server to which each question is a way.
Result<std::vector<DueDomain>> Store::find_domains(const std::string& after, int most)
{
    auto rows = connection_.prepare(
        "with recursive leap (domain) as ("
        "select (select domain from queue_message where owner = ?1 and due_at is not null and domain > ?2 order by domain limit "
        "1) "
        "union all select (select domain from queue_message where owner = ?1 and due_at is not null and domain > leap.domain "
        "order by domain limit 1) from leap where leap.domain is not null) "
        "select domain, "
        "(select due_at from queue_message where owner = ?1 and due_at is not null and domain = leap.domain order by due_at "
        "limit 1), "
        "(select due_at from queue_message where owner = ?1 and due_at is not null and domain = leap.domain order by due_at desc "
        "limit 1) from leap where domain is not null limit ?3");
    rows.bind(1, owner_).bind(2, after).bind(3, most);
    std::vector<DueDomain> domains;
    for (;;) {
        SEALPOST_TRY(const bool is_row, rows.step());
        if (!is_row) return domains;
        domains.push_back({rows.column_text(0), rows.column_time(1), rows.column_time(2)});
    }
}

Result<> Store::pull_due(const std::string& domain, WallTime now, std::chrono::milliseconds longest)
{
    std::vector<std::pair<std::int64_t, WallTime>> pulled;
    {
        auto rows =
            connection_.prepare("select id, due_at, plan from queue_message where owner = ? and domain = ? and due_at > ?");
        rows.bind(1, owner_).bind(2, domain).bind(3, now + longest);
        while (true) {
            SEALPOST_TRY(const bool is_row, rows.step());
            if (!is_row) break;
            const auto plan = parse_bounce_plan(rows.column_view(2));
            const WallTime latest =
                now + (plan.has_value() ? std::max<std::chrono::milliseconds>(plan->retry.max_interval, longest) : longest);
            if (rows.column_time(1) > latest) pulled.emplace_back(rows.column_int(0), latest);
        }
    }
    auto update = connection_.prepare("update queue_message set due_at = ? where id = ?");
    for (const auto& [id, due_at] : pulled) {
        update.rewind();
        SEALPOST_CHECK(update.bind(1, due_at).bind(2, id).run());
    }
    return {};
}

}  // namespace sealpost::queue
