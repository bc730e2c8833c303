using Homelab.Engine.Reports;

namespace Homelab.Engine.Telegram;

/// <summary>Reports, now and by the clock.</summary>
internal sealed class ReportCommands(ReportDesk desk)
{
    public async Task<TelegramReply> NowAsync(TelegramRequest request, CancellationToken cancellationToken)
    {
        var kind = request.Arguments.Trim().ToLowerInvariant() is { Length: > 0 } given ? given : "daily";
        return ReportClock.Kinds.Contains(kind)
            ? new TelegramReply(ReportDesk.Card(await desk.MakeAsync(kind, request.User.Name, cancellationToken)), Acts: true)
            : TelegramReply.Of($"{Html.Code(kind)} is no kind of report; there are {string.Join(", ", ReportClock.Kinds)}.");
    }

    public Task<TelegramReply> EnableAsync(TelegramRequest request, CancellationToken cancellationToken) => ChooseAsync(request, wanted: true, cancellationToken);

    public Task<TelegramReply> DisableAsync(TelegramRequest request, CancellationToken cancellationToken) => ChooseAsync(request, wanted: false, cancellationToken);

    private async Task<TelegramReply> ChooseAsync(TelegramRequest request, bool wanted, CancellationToken cancellationToken)
    {
        var kinds = request.Arguments.Trim().ToLowerInvariant() is { Length: > 0 } kind ? [kind] : ReportClock.Kinds;
        if (kinds.Except(ReportClock.Kinds).FirstOrDefault() is { } unknown)
            return TelegramReply.Of($"{Html.Code(unknown)} is no kind of report; there are {string.Join(", ", ReportClock.Kinds)}.");
        await desk.ChooseAsync(request.User, kinds, wanted, cancellationToken);
        return new TelegramReply(CardContent.Of(wanted ? $"You get the {string.Join(", ", kinds)} report in your chat with me." : $"You get no {string.Join(", ", kinds)} report by Telegram any more."), Acts: true);
    }
}
