using System.ComponentModel;
using System.Net.Mail;
using System.Text.RegularExpressions;
using Homelab.Activities;
using Homelab.Engine.Api;
using Homelab.Engine.Approvals;
using Homelab.Engine.Operations;
using Homelab.Engine.Reports;
using Homelab.Engine.SignIn;
using Homelab.Engine.Telegram;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Homelab.Engine.Notifications;

internal static class NotificationsSetup
{
    public static IServiceCollection AddNotifications(this IServiceCollection services)
    {
        services.AddSettings<NotificationSettings>("Notifications");
        services.AddSingleton<NotificationChoices>();
        services.AddSingleton<NotificationOutbox>();
        services.AddSingleton<Messengers>();
        services.AddSingleton<RunFeedback>();
        foreach (var channel in Messengers.Channels)
            services.AddSingleton<IApprovalChannel>(provider => ActivatorUtilities.CreateInstance<PersonalChannel>(provider, channel));
        services.AddHostedService<NotificationSending>();
        services.AddHostedService<ChangeNews>();
        return services;
    }

    /// <summary>What people are told, reports, the bot, and whether what was done helped.</summary>
    public static IEndpointRouteBuilder MapPeople(this IEndpointRouteBuilder app)
    {
        app.MapGroup("/api").AddEndpointFilter<PagingFilter>().MapNotifications().MapReports().MapTelegram();
        return app;
    }
}

/// <summary>What each person wants to be told. Everybody chooses for himself.</summary>
internal static partial class NotificationsApi
{
    public static IEndpointRouteBuilder MapNotifications(this IEndpointRouteBuilder api)
    {
        var notifications = api.MapGroup("/notifications").WithTags("Notifications").RequireAuthorization(Policies.Viewer);
        notifications.MapGet("/choices", GetAsync).WithName("GetNotificationChoices").WithSummary("What you are told, by channel");
        notifications.MapPut("/choices", PutAsync).WithName("PutNotificationChoices").WithSummary("Choose what you are told, by channel");
        notifications.MapPost("/choices/{channel}/test", TestAsync).WithName("TestNotificationChannel").WithSummary("Send yourself a message over a channel, as it is saved");
        api.MapPost("/feedback/{runId}", FeedbackAsync).RequireAuthorization(Policies.Operator).WithTags("Notifications").WithName("GiveFeedback").WithSummary("Say whether what a run did helped; a no counts against it");
        return api;
    }

    private static async Task<Results<Ok<NotificationChoicesInfo>, ProblemHttpResult>> GetAsync(HttpContext context, NotificationChoices choices, TelegramPeople telegram, CancellationToken cancellationToken)
    {
        if (Machine(context) is { } machine)
            return machine;
        var caller = Caller.Of(context.User);
        var chosen = await choices.OfAsync(caller.Id, cancellationToken);
        var isKnown = telegram.ChatOf(caller.Name) is not null;
        return TypedResults.Ok(new NotificationChoicesInfo(
            [.. NotificationChoice.Channels.Select(channel => ChoiceInfo.Of(
                chosen.FirstOrDefault(choice => choice.Channel == channel) ?? (channel == "telegram" && isKnown ? telegram.Default : NotificationChoice.Nothing(channel)), chosen.Any(choice => choice.Channel == channel)))],
            isKnown));
    }

    private static async Task<Results<NoContent, ProblemHttpResult>> PutAsync(NotificationChoicesRequest request, HttpContext context, NotificationChoices choices, CancellationToken cancellationToken)
    {
        if (Machine(context) is { } machine)
            return machine;
        List<Fault> faults = [.. request.Choices.SelectMany((choice, index) => Check(choice, $"choices[{index}]"))];
        if (request.Choices.GroupBy(choice => choice.Channel).FirstOrDefault(group => group.Count() > 1) is { } twice)
            faults.Add(new Fault("choices", twice.Key, "Each channel may be there once.", "Leave one out."));
        if (faults.Count > 0)
            return Problems.Invalid(faults);
        await choices.SetAsync(Caller.Of(context.User).Id, [.. request.Choices.Select(choice => choice.ToChoice())], cancellationToken);
        return TypedResults.NoContent();
    }

    private static async Task<Results<NoContent, ProblemHttpResult>> TestAsync(
        string channel, HttpContext context, NotificationChoices choices, Messengers messengers, TelegramPeople telegram, TelegramCards cards, TelegramSending sending, TimeProvider time, CancellationToken cancellationToken)
    {
        if (Machine(context) is { } machine)
            return machine;
        var caller = Caller.Of(context.User);
        var id = Guid.CreateVersion7(time.GetUtcNow()).ToString("N");
        const string Text = "This is a test: messages of your homelab reach you here.";
        try
        {
            if (channel == "telegram")
            {
                if (telegram.ChatOf(caller.Name) is not { } chat)
                    return Problems.Conflict("channel", channel, "The settings do not say who you are in Telegram.", $"Set Telegram:Users:NUMBER to {caller.Name}, where NUMBER is yours in Telegram.");
                await cards.PutAsync($"test:{id}", chat, CardContent.Of(Html.Text(Text)), cancellationToken);
                return await sending.ShowNowAsync($"test:{id}", chat, cancellationToken)
                    ? TypedResults.NoContent()
                    : Problems.Conflict("channel", channel, (await cards.FindAsync($"test:{id}", chat, cancellationToken))?.Problem ?? "Telegram did not take it.", "See whether you have written to the bot: it may not begin.");
            }

            if ((await choices.OfAsync(caller.Id, cancellationToken)).FirstOrDefault(choice => choice.Channel == channel) is not { } chosen)
                return Problems.NotFound("saved channel", channel, "Save your choice first.");
            await messengers.SendAsync(channel, chosen.Address, id, "Homelab: a test", Text, silent: false, "info", cancellationToken);
            return TypedResults.NoContent();
        }
        catch (ActivityException exception)
        {
            return Problems.Conflict("channel", channel, exception.Message, "See to the connection under Tools and connections.");
        }
    }

    private static async Task<Results<NoContent, ProblemHttpResult>> FeedbackAsync(
        string runId, RunFeedbackRequest request, HttpContext context, RunFeedback desk, Dispatch.Runs runs, CancellationToken cancellationToken)
    {
        if (await runs.FindAsync(new Runs.RunId(runId), cancellationToken) is null)
            return Problems.NotFound("run", runId, "GET /api/runs lists them.");
        if (Approver.WhyNot(context.User) is { } reason)
            return Problems.Of(StatusCodes.Status403Forbidden, "You may not say this.", "run", runId, reason, "Sign in and say it.");
        return await desk.AnswerAsync(runId, Caller.Of(context.User).Name, request.Helped, cancellationToken)
            ? TypedResults.NoContent()
            : Problems.Conflict("run", runId, "You have said whether it helped.", "The first answer counts.");
    }

    private static ProblemHttpResult? Machine(HttpContext context) => Caller.Of(context.User).IsMachine
        ? Problems.Conflict("key", Caller.Of(context.User).Name, "A key is a machine's, and people are told.", "Sign in.")
        : null;

    private static IEnumerable<Fault> Check(ChoiceInfo choice, string path)
    {
        if (!NotificationChoice.Channels.Contains(choice.Channel))
            yield return new Fault($"{path}.channel", choice.Channel, $"It must be one of {string.Join(", ", NotificationChoice.Channels)}.", "Send one of these.");
        foreach (var (name, value) in new[] { ("before", choice.Before), ("after", choice.After), ("alerts", choice.Alerts) })
        {
            if (!NotificationChoice.Wishes.Contains(value))
                yield return new Fault($"{path}.{name}", value, $"It must be one of {string.Join(", ", NotificationChoice.Wishes)}.", "Send one of these.");
        }

        if (choice.Questions is not ("each" or "critical" or "none"))
            yield return new Fault($"{path}.questions", choice.Questions, "It must be each, critical or none: a question cannot wait for a summary.", "Send one of these.");
        var wrong = choice.Channel switch
        {
            "email" when !MailAddress.TryCreate(choice.Address, out _) => "It must be an e-mail address.",
            "ntfy" when !Name().IsMatch(choice.Address) => "It must be a topic: letters, digits, - and _, at most 64.",
            "discord" when choice.Address.Length > 0 && !Name().IsMatch(choice.Address) => "It must be the name of a connection of Discord, or nothing for the one called default.",
            _ => null,
        };
        if (wrong is not null)
            yield return new Fault($"{path}.address", choice.Address, wrong, "Correct it.");
    }

    [GeneratedRegex("^[A-Za-z0-9_-]{1,64}$")]
    private static partial Regex Name();
}

internal sealed record RunFeedbackRequest(bool Helped);

internal sealed record NotificationChoicesRequest(IReadOnlyList<ChoiceInfo> Choices);

/// <param name="KnownToTelegram">The settings say who the caller is in Telegram.</param>
internal sealed record NotificationChoicesInfo(IReadOnlyList<ChoiceInfo> Choices, bool KnownToTelegram);

internal sealed record ChoiceInfo
{
    [Description("telegram, email, discord or ntfy")]
    public required string Channel { get; init; }

    [Description("An e-mail address, a topic of ntfy, or the name of a Discord connection; not for telegram")]
    public string Address { get; init; } = "";

    [Description("What waits for an answer: each, critical or none")]
    public string Questions { get; init; } = "none";

    [Description("Before something is done: each, critical, summary (with the daily report) or none")]
    public string Before { get; init; } = "none";

    [Description("After something was done")]
    public string After { get; init; } = "none";

    [Description("Incidents, refusals and whatever went wrong")]
    public string Alerts { get; init; } = "none";

    public bool Daily { get; init; }

    public bool Weekly { get; init; }

    public bool Monthly { get; init; }

    [Description("It was chosen; otherwise it is what holds until somebody chooses")]
    public bool Saved { get; init; }

    public static ChoiceInfo Of(NotificationChoice choice, bool saved) => new()
    {
        Channel = choice.Channel,
        Address = choice.Address,
        Questions = choice.Questions,
        Before = choice.Before,
        After = choice.After,
        Alerts = choice.Alerts,
        Daily = choice.Daily,
        Weekly = choice.Weekly,
        Monthly = choice.Monthly,
        Saved = saved,
    };

    public NotificationChoice ToChoice() => new()
    {
        Channel = Channel,
        Address = Address.Trim(),
        Questions = Questions,
        Before = Before,
        After = After,
        Alerts = Alerts,
        Daily = Daily,
        Weekly = Weekly,
        Monthly = Monthly,
    };
}
