using Homelab.Engine.Lab.Telegram;
using Homelab.Tests.Engine.Remediation;

namespace Homelab.Tests.Engine.Telegram;

/// <summary>The whole product, lamps, and a Bot API on loopback with people in it: 1001 is the administrator, 1002 may only look, everybody else is a stranger.</summary>
internal sealed class TelegramWorld : IAsyncDisposable
{
    public const long Admin = 1001;
    public const long Looker = 1002;
    public const long Stranger = 6666;
    public const long Group = -500;

    private readonly string _data = Directory.CreateTempSubdirectory("homelab-telegram-").FullName;
    private readonly string _preferences;
    private readonly (string Name, string Value)[] _more;
    private LampServer? _server;

    private TelegramWorld(TelegramSimulator telegram, string preferences, (string Name, string Value)[] more) => (Telegram, _preferences, _more) = (telegram, preferences, more);

    public TelegramSimulator Telegram { get; }

    public LampServer Server => _server!;

    public Lamps Lamps { get; } = new();

    public static async Task<TelegramWorld> StartAsync(string preferences = "{}", params (string Name, string Value)[] more)
    {
        var telegram = await TelegramSimulator.StartAsync("42:lab-token", TimeProvider.System);
        foreach (var chat in new[] { Admin, Looker, Stranger, Group })
            telegram.Chats.Open(chat);
        var world = new TelegramWorld(telegram, preferences, more);
        await world.StartServerAsync();
        return world;
    }

    public async Task StartServerAsync() => _server = await LampServer.StartAsync(
        Lamps, _preferences, null,
        [
            ("Storage:Directory", _data),
            ("Activities:Telegram:default:Url", Telegram.Address.ToString()),
            ("Activities:Telegram:default:Token", Telegram.Token),
            ("Activities:Telegram:default:TimeoutSeconds", "8"),
            ("Connections:CheckEvery", "00:00:00"),
            ($"Telegram:Users:{Admin}", "admin"),
            ($"Telegram:Users:{Looker}", "looker"),
            .. _more,
        ]);

    /// <summary>The server goes away, and what was stored stays.</summary>
    public async Task StopServerAsync()
    {
        await _server!.DisposeAsync();
        _server = null;
    }

    /// <summary>A lamp that somebody is asked about; answers the run.</summary>
    public async Task<string> AskAsync(string lamp = "web")
    {
        await Server.PublishAsync($"light-{lamp}", "Homelab.Lamp.Set", new { lamp, state = "on" });
        return (await Server.StartAsync($"light-{lamp}")).Value;
    }

    /// <summary>The newest message of the bot in a chat that fits.</summary>
    public async Task<SimulatedMessage> SeeAsync(Func<SimulatedMessage, bool> fits, long chat = Admin)
    {
        SimulatedMessage? seen = null;
        try
        {
            await LampServer.UntilAsync(() => Task.FromResult((seen = Telegram.Chats.Of(chat).LastOrDefault(fits)) is not null));
        }
        catch (OperationCanceledException)
        {
            throw new InvalidOperationException($"No such message. There are: {string.Join(" | ", Telegram.Chats.Of(chat).Select(message => $"{message.Text} [{string.Join(",", message.Buttons.SelectMany(line => line).Select(button => button.Label))}]"))}");
        }

        return seen!;
    }

    public Task<SimulatedMessage> SeeAsync(string text, long chat = Admin) => SeeAsync(message => message.Text.Contains(text, StringComparison.OrdinalIgnoreCase), chat);

    /// <summary>An open question.</summary>
    public Task<SimulatedMessage> SeeQuestionAsync(long chat = Admin) => SeeAsync(message => message.Button("Approve") is not null, chat);

    public async ValueTask DisposeAsync()
    {
        if (_server is not null)
            await _server.DisposeAsync();
        await Telegram.DisposeAsync();
        Directory.Delete(_data, recursive: true);
    }
}
