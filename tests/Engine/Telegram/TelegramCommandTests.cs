using System.Net;
using System.Text;
using FluentAssertions;
using Homelab.Engine.Approvals;
using Homelab.Engine.Runs;
using Homelab.Engine.Telegram;
using Homelab.Tests.Engine.Remediation;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Homelab.Tests.Engine.Telegram;

/// <summary>Commands, conversations and the webhook, through the whole product.</summary>
public sealed class TelegramCommandTests
{
    [Fact]
    public async Task Commands_EachOfThem_IsKnownToTelegramAndAnswersOnce()
    {
        await using var world = await TelegramWorld.StartAsync();
        string[] asked = ["status", "uptime", "monitor", "menu", "node", "vms", "start_vm", "stop_vm", "restart_vm", "infra", "docker", "containers", "restart_container", "stop_container", "health",
            "enable_autohealing", "disable_autohealing", "enable_reports", "disable_reports", "report_now", "backup", "incidents", "approve", "deny", "pause", "resume", "stop", "undo", "forecast", "why", "help", "happened", "check", "ask", "request", "requests"];
        var all = world.Server.Server.Services.GetRequiredService<TelegramCommands>().All;
        all.Select(command => command.Name).Should().BeEquivalentTo(asked);
        await LampServer.UntilAsync(() => Task.FromResult(world.Telegram.Requests.Any(request => request.Method == "setMyCommands")));
        foreach (var command in all)
        {
            var before = world.Telegram.Chats.Of(TelegramWorld.Admin).Count;
            world.Telegram.Say(TelegramWorld.Admin, $"/{command.Name}");
            await LampServer.UntilAsync(() => Task.FromResult(world.Telegram.Chats.Of(TelegramWorld.Admin).Count > before));
        }

        world.Telegram.Say(TelegramWorld.Admin, "/help");
        var help = await world.SeeAsync("What I know");
        foreach (var command in all)
            help.Text.Should().Contain($"/{command.Name} ");
        world.Telegram.Say(TelegramWorld.Admin, "/nonsense <b>&");
        (await world.SeeAsync("I do not know")).Text.Should().Contain("nonsense");
        // What was asked to come later, because there was so much at once, comes.
        await LampServer.UntilAsync(async () => await world.Server.CountAsync("SELECT COUNT(*) FROM telegram_cards WHERE problem IS NOT NULL") == 0);
    }

    [Fact]
    public async Task StopPauseResume_HoldInTheStore()
    {
        await using var world = await TelegramWorld.StartAsync();
        world.Telegram.Say(TelegramWorld.Admin, "/stop the cellar is under water");
        await world.SeeAsync("Stopped");
        var controls = await world.Server.GetAsync("/api/controls");
        ((string?)controls["stop"]!["by"], (string?)controls["stop"]!["reason"]).Should().Be(("admin", "the cellar is under water"));
        world.Telegram.Say(TelegramWorld.Admin, "/enable_autohealing");
        await world.SeeAsync("only /resume ends that");
        world.Telegram.Say(TelegramWorld.Admin, "/resume");
        await world.SeeAsync("It acts again");
        (await world.Server.GetAsync("/api/controls"))["stop"].Should().BeNull();
        world.Telegram.Say(TelegramWorld.Admin, "/menu");
        world.Telegram.Press(TelegramWorld.Admin, await world.SeeAsync(message => message.Button("Pause") is not null), "Pause");
        await world.SeeAsync("Paused");
        (await world.Server.GetAsync("/api/controls"))["pause"].Should().NotBeNull();
    }

    [Fact]
    public async Task Undo_TakesTheLastChangeBackThroughTheGate()
    {
        await using var world = await TelegramWorld.StartAsync();
        var run = await world.AskAsync();
        world.Telegram.Say(TelegramWorld.Admin, "/approve");
        (await world.Server.FinishAsync(run)).SubStatus.Should().Be(RunSubStatus.Finished);
        await world.SeeAsync("lamp.set on web: done");
        world.Telegram.Say(TelegramWorld.Admin, "/undo");
        await world.SeeAsync("Taking back");
        await LampServer.UntilAsync(() => Task.FromResult(world.Lamps.Done.Count == 2));
        await world.SeeAsync("It was done.");
        (await world.Server.CountAsync("SELECT COUNT(*) FROM changes WHERE undo_of IS NOT NULL AND result = 'succeeded'")).Should().Be(1);
        world.Telegram.Say(TelegramWorld.Admin, "/why");
        (await world.SeeAsync("confidence")).Text.Should().Contain("lamp.set on web");
    }

    [Fact]
    public async Task Notices_OfOneCause_AreOneMessageAndFeedbackCounts()
    {
        await using var world = await TelegramWorld.StartAsync();
        var run = await world.AskAsync();
        var asked = await world.SeeQuestionAsync();
        var people = world.Server.Server.Services.GetRequiredService<People>();
        var now = TimeProvider.System.GetUtcNow();
        var decision = (string)(await world.Server.GetAsync("/api/decisions"))["items"]![0]!["id"]!;
        await people.TellAsync(new Notice("n1", now, "alert", "warning", false, "web <b>flickers</b> & hums", decision), default);
        var first = await world.SeeAsync("flickers");
        first.Text.Should().Contain("web <b>flickers</b> & hums", "what strangers wrote is shown as it is");
        first.ReplyTo.Should().Be(asked.Id, "it is one conversation");
        await people.TellAsync(new Notice("n2", now, "alert", "warning", true, "web is dark", decision), default);
        (await world.SeeAsync("web is dark")).Id.Should().Be(first.Id, "the message is edited, not repeated");
        await people.TellAsync(new Notice("n3", now, "alert", "critical", false, "web burns", decision), default);
        var loud = await world.SeeAsync("web burns");
        loud.Id.Should().NotBe(first.Id, "what is critical makes a sound");
        world.Telegram.Chats.Of(TelegramWorld.Admin).Should().NotContain(message => message.Id == first.Id);

        world.Telegram.Press(TelegramWorld.Admin, asked, "✅ Approve");
        await world.Server.FinishAsync(run);
        await people.TellAsync(new Notice($"plan-{run}", now, "after", "info", false, "The plan helped."), default);
        var ended = await world.SeeAsync(message => message.Button("did not") is not null);
        var press = world.Telegram.Press(TelegramWorld.Admin, ended, "did not");
        (await world.SeeAsync("it did not work")).Buttons.Should().BeEmpty();
        await LampServer.UntilAsync(() => Task.FromResult(press.Answered));
        (await world.Server.CountAsync($"SELECT COUNT(*) FROM changes WHERE run_id = '{run}' AND result = 'notVerified'")).Should().Be(1);
        (await world.Server.PostAsync($"/api/feedback/{run}", new { helped = true })).Status.Should().Be(409);
    }

    [Fact]
    public async Task LongText_ComesAsADocumentToo()
    {
        await using var world = await TelegramWorld.StartAsync();
        var cards = world.Server.Server.Services.GetRequiredService<TelegramCards>();
        string[] lines = [.. Enumerable.Range(1, 400).Select(number => $"<b>{number}</b> &lt;line&gt; of many")];
        await cards.PutAsync("long", TelegramWorld.Admin, CardContent.Of(lines), default);
        (await world.SeeAsync("the whole of it is in the document below")).Text.Length.Should().BeLessThanOrEqualTo(4096);
        var file = await world.SeeAsync(message => message.File is not null);
        file.Text.Should().EndWith("400 <line> of many");
        await cards.PutAsync("wide", TelegramWorld.Admin, CardContent.Of(Html.Text(new string('&', 9000))), default);
        (await world.SeeAsync(message => message.File is null && message.Text.StartsWith("&&&", StringComparison.Ordinal))).Text.Length.Should().BeLessThanOrEqualTo(4096);
    }

    [Fact]
    public async Task Webhook_OnlyWithTheSecret_TakesUpdates()
    {
        var port = FreePort();
        var url = $"http://127.0.0.1:{port}";
        await using var world = await TelegramWorld.StartAsync(
            "{}", ("Urls", url), ("Telegram:WebhookUrl", $"{url}/api/telegram/webhook"), ("Activities:Telegram:default:WebhookSecret", "a-secret-of-telegram"));
        var run = await world.AskAsync();
        var asked = await world.SeeQuestionAsync();
        using var forged = new HttpRequestMessage(HttpMethod.Post, $"{url}/api/telegram/webhook")
        {
            Content = new StringContent("""{"update_id":999999,"message":{"message_id":1,"from":{"id":1001},"chat":{"id":1001},"text":"/stop"}}""", Encoding.UTF8, "application/json"),
        };
        forged.Headers.Add("X-Telegram-Bot-Api-Secret-Token", "wrong");
        using var stranger = new HttpClient();
        (await stranger.SendAsync(forged)).StatusCode.Should().Be(HttpStatusCode.Unauthorized);
        await LampServer.UntilAsync(() => Task.FromResult(world.Telegram.Requests.Any(request => request.Method == "setWebhook")));
        world.Telegram.Press(TelegramWorld.Admin, asked, "✅ Approve");
        (await world.Server.FinishAsync(run)).SubStatus.Should().Be(RunSubStatus.Finished);
        world.Telegram.Requests.Should().NotContain(request => request.Method == "getUpdates");
        (await world.Server.CountAsync("SELECT COUNT(*) FROM controls WHERE value = 'on'")).Should().Be(0);
    }

    [Fact]
    public async Task Answer_AsPeopleWriteIt_IsReadOrSaysWhatIsWrong()
    {
        await using var world = await TelegramWorld.StartAsync();
        await world.AskAsync();
        await world.SeeQuestionAsync();
        var services = world.Server.Server.Services;
        var approval = (await services.GetRequiredService<ApprovalDesk>().ListAsync("pending", 1, default))[0];
        var answers = services.GetRequiredService<AnswerText>();
        var now = TimeProvider.System.GetUtcNow();
        answers.Read("in 90m", approval).Answer!.NotBefore.Should().BeCloseTo(now.AddMinutes(90), TimeSpan.FromMinutes(1));
        answers.Read("at 02:00", approval).Answer!.NotBefore!.Value.TimeOfDay.Should().Be(TimeSpan.FromHours(2));
        answers.Read("at 02:00 state=dim lamp=b=c", approval).Answer!.Changes!.ToJsonString().Should().Be("""{"state":"dim","lamp":"b=c"}""");
        answers.Read("state=very dim\nin 2h", approval).Answer!.Changes!["state"]!.ToString().Should().Be("very dim");
        foreach (var wrong in new[] { "", "   ", "please", "at noon", "in a while", "at 25:00" })
            answers.Read(wrong, approval).Answer.Should().BeNull(wrong);
    }

    private static int FreePort()
    {
        using var listener = new System.Net.Sockets.TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
