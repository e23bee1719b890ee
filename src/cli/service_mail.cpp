#include "cli/service_mail.hpp"

namespace sealpost::cli {

Result<replies::ServiceOutbox> open_outbox(const ServiceStore& store)
{
    queue::Settings settings;
    settings.hostname = store.config.node.hostname;
    const auto& service = store.config.service;
    replies::ServiceOutbox::Parts parts;
    SEALPOST_TRY(parts.queue, queue::Queue::open_beside(store.database, system_clock(), log::Log::silent(), settings));
    parts.clock = &system_clock();
    parts.sender = service.sender;
    parts.service_name = service.mail_domain;
    parts.service_url = service.url;
    return replies::ServiceOutbox(std::move(parts));
}

}  // namespace sealpost::cli
