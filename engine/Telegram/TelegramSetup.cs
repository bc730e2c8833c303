using Homelab.Engine.Approvals;
using Homelab.Engine.Operations;

namespace Homelab.Engine.Telegram;

internal static class TelegramSetup
{
    public static IServiceCollection AddTelegram(this IServiceCollection services)
    {
        services.AddSettings<TelegramSettings>("Telegram");
        services.AddSingleton<TelegramPeople>();
        services.AddSingleton<TelegramButtons>();
        services.AddSingleton<TelegramCards>();
        services.AddSingleton<TelegramSending>();
        services.AddSingleton<TelegramInbox>();
        services.AddSingleton<TelegramPresses>();
        services.AddSingleton<TelegramUpdates>();
        services.AddSingleton<ApprovalCard>();
        services.AddSingleton<RunCard>();
        services.AddSingleton<AnswerText>();
        services.AddSingleton<ToolReader>();
        services.AddSingleton<LookCommands>();
        services.AddSingleton<ToolCommands>();
        services.AddSingleton<SafetyCommands>();
        services.AddSingleton<RequestCommands>();
        services.AddSingleton<PlainRequests>();
        services.AddSingleton<ReportCommands>();
        services.AddSingleton<StoryCommands>();
        services.AddSingleton<TelegramCommands>();
        services.AddSingleton<IApprovalChannel, TelegramChannel>();
        services.AddSingleton<TelegramBot>();
        services.AddHostedService(provider => provider.GetRequiredService<TelegramBot>());
        return services;
    }
}
