using System.Runtime.InteropServices;

namespace Homelab.Activities.Logs;

/// <summary>A kind of log message: its constant words, with <c>&lt;*&gt;</c> where it varies.</summary>
public sealed class LogTemplate(int id, string text)
{
    public int Id => id;

    public string Text => text;

    public long Count { get; set; }

    /// <summary>Set when this template proved to be one value of a wider one.</summary>
    public LogTemplate? MergedInto { get; set; }

    /// <summary>The template that now stands for this one.</summary>
    public LogTemplate Current
    {
        get
        {
            var current = this;
            while (current.MergedInto is { } wider)
                current = wider;
            return current;
        }
    }
}

/// <summary>
/// Online template mining in the manner of Drain, without a setting per source: masks make the template, and a word that takes more than
/// <see cref="DistinctWords"/> values in an otherwise equal template is a variable after all. Not thread-safe; one miner a source.
/// </summary>
public sealed class TemplateMiner
{
    /// <summary>So many values of one word and it is a variable (user names, hosts without a dot); fewer are states ("up", "down").</summary>
    private const int DistinctWords = 24;

    /// <summary>Lines differing only in digits share their template; the cache is emptied when it has grown to this.</summary>
    private const int CacheSize = 20_000;

    private readonly Dictionary<string, LogTemplate> _byShape = new(StringComparer.Ordinal);
    private readonly Dictionary<string, LogTemplate> _byText = new(StringComparer.Ordinal);
    private readonly Dictionary<string, List<LogTemplate>> _siblings = new(StringComparer.Ordinal);
    private readonly HashSet<string> _widened = new(StringComparer.Ordinal);
    private readonly List<LogTemplate> _all = [];
    private char[] _shape = new char[512];

    /// <summary>All templates that stand for themselves.</summary>
    public IEnumerable<LogTemplate> Templates => _all.Where(template => template.MergedInto is null);

    /// <summary>Whether a word of it proved to be a variable; to be kept with the template for <see cref="Restore"/>.</summary>
    public bool IsWidened(LogTemplate template) => _widened.Contains(template.Text);

    /// <summary>Takes back a template that an earlier miner of the source made, so that its lines are the same kind after a restart.</summary>
    public void Restore(string text, bool widened)
    {
        Named(text);
        if (widened)
            _widened.Add(text);
    }

    public LogTemplate Add(ReadOnlySpan<char> message)
    {
        var shape = Shape(message);
        var shapes = _byShape.GetAlternateLookup<ReadOnlySpan<char>>();
        if (!shapes.TryGetValue(shape, out var template))
        {
            template = Mine(message.ToString());
            if (_byShape.Count >= CacheSize)
                _byShape.Clear();
            shapes[shape] = template;
        }

        template = template.Current;
        template.Count++;
        return template;
    }

    // The masks treat all digits alike, so lines equal but for digits have one template and need no regular expression.
    private ReadOnlySpan<char> Shape(ReadOnlySpan<char> message)
    {
        if (message.Length > _shape.Length)
            _shape = new char[message.Length * 2];
        for (var i = 0; i < message.Length; i++)
            _shape[i] = char.IsAsciiDigit(message[i]) ? '0' : message[i];
        return _shape.AsSpan(0, message.Length);
    }

    private LogTemplate Mine(string message)
    {
        var text = TemplateMasks.Apply(message);
        if (_byText.TryGetValue(text, out var known))
            return known.Current;
        var words = text.Split(' ');
        if (words.Length > 1)
        {
            for (var i = 0; i < words.Length; i++)
            {
                if (IsWord(words[i]) && Slot(words, i) is var slot && _widened.Contains(slot))
                    return _byText[text] = Named(slot);
            }
        }

        var template = Named(text);
        if (words.Length > 1)
        {
            for (var i = 0; i < words.Length; i++)
            {
                if (IsWord(words[i]))
                    Widen(Slot(words, i), template);
            }
        }

        return template.Current;
    }

    private void Widen(string slot, LogTemplate template)
    {
        ref var siblings = ref CollectionsMarshal.GetValueRefOrAddDefault(_siblings, slot, out _);
        (siblings ??= []).Add(template);
        if (siblings.Count <= DistinctWords)
            return;
        _widened.Add(slot);
        var wider = Named(slot);
        foreach (var sibling in siblings.Select(sibling => sibling.Current).Where(sibling => sibling != wider).Distinct())
        {
            wider.Count += sibling.Count;
            sibling.MergedInto = wider;
        }

        _siblings.Remove(slot);
    }

    private LogTemplate Named(string text)
    {
        ref var template = ref CollectionsMarshal.GetValueRefOrAddDefault(_byText, text, out var exists);
        if (!exists)
        {
            template = new(_all.Count + 1, text);
            _all.Add(template);
        }

        return template!.Current;
    }

    private static bool IsWord(string word) => word.Length > 0 && !word.Contains(TemplateMasks.Variable, StringComparison.Ordinal);

    private static string Slot(string[] words, int position)
    {
        var word = words[position];
        words[position] = TemplateMasks.Variable;
        var slot = string.Join(' ', words);
        words[position] = word;
        return slot;
    }
}
