using System.Text;

namespace Homelab.Engine.Expressions;

/// <summary>
/// Puts a check into every loop condition and every function and block body, because Jurassic compiles to machine code that nothing can interrupt.
/// Together with the removal of eval and Function there is no code without checks. Lines stay where they are.
/// </summary>
internal static class JavaScriptGuard
{
    public const string Check = "__check()";

    public static string Instrument(string source)
    {
        if (!source.Contains("while", StringComparison.Ordinal) && !source.Contains("for", StringComparison.Ordinal) && !source.Contains('{', StringComparison.Ordinal)
            && !source.Contains("eval", StringComparison.Ordinal))
            return source;
        var output = new StringBuilder(source.Length + 64);
        new Walker(source, output).Walk();
        return output.ToString();
    }

    private sealed class Walker(string source, StringBuilder output)
    {
        // One entry an open parenthesis: the word before it, and for a "for" how many semicolons were seen.
        private readonly Stack<(string Word, int Semicolons, int Depth)> _parentheses = new();
        private readonly Stack<int> _templates = new();
        private string _word = "";
        private char _last;
        private string _closed = "";
        private int _braces;

        public void Walk()
        {
            var i = 0;
            while (i < source.Length)
                i = Next(i);
        }

        private int Next(int i)
        {
            var c = source[i];
            if (c is ' ' or '\t' or '\r' or '\n')
                return Copy(i, i + 1, significant: false);
            if (c == '/' && i + 1 < source.Length && source[i + 1] is '/' or '*')
                return SkipComment(i);
            if (c is '\'' or '"')
                return CopyTo(i, EndOfString(i, c), '"');
            if (c == '`')
                return Template(i, i + 1);
            if (c == '}' && _templates.Count > 0 && _templates.Peek() == _braces)
            {
                _templates.Pop();
                return Template(i, i + 1);
            }

            if (c == '/' && RegexMayStart())
                return CopyTo(i, EndOfRegex(i), '"');
            if (char.IsLetter(c) || c is '_' or '$')
            {
                var end = i;
                while (end < source.Length && (char.IsLetterOrDigit(source[end]) || source[end] is '_' or '$'))
                    end++;
                var afterDot = _last == '.';
                // Jurassic compiles a direct eval whether the global is there or not.
                output.Append(!afterDot && source.AsSpan(i, end - i) is "eval" ? "eval_is_not_available" : source[i..end]);
                _word = afterDot ? "" : source[i..end];
                _last = 'a';
                return end;
            }

            return Punctuation(i, c);
        }

        private int Punctuation(int i, char c)
        {
            switch (c)
            {
                case '(':
                    _parentheses.Push((_word, 0, _braces));
                    output.Append(c);
                    if (_word == "while")
                        output.Append(Check).Append(',');
                    _last = '(';
                    _word = "";
                    return i + 1;
                case ')':
                    _closed = _parentheses.TryPop(out var open) ? open.Word : "";
                    output.Append(c);
                    _last = ')';
                    _word = "";
                    return i + 1;
                case ';' when _parentheses.TryPeek(out var loop) && loop.Word == "for" && loop.Depth == _braces:
                    _parentheses.Pop();
                    _parentheses.Push((loop.Word, loop.Semicolons + 1, loop.Depth));
                    output.Append(c);
                    if (loop.Semicolons == 0)
                        output.Append(Check).Append(NextSignificant(i + 1) == ';' ? "" : ",");
                    _last = ';';
                    _word = "";
                    return i + 1;
                case '{':
                    output.Append(c);
                    if (_last == ')' && _closed != "switch")
                        output.Append(Check).Append(';');
                    _braces++;
                    _last = '{';
                    _word = "";
                    return i + 1;
                case '}':
                    _braces--;
                    break;
            }

            output.Append(c);
            _last = c;
            _word = "";
            return i + 1;
        }

        private int Copy(int from, int to, bool significant)
        {
            output.Append(source, from, to - from);
            if (significant)
                (_last, _word) = ('"', "");
            return to;
        }

        private int CopyTo(int from, int to, char last)
        {
            output.Append(source, from, to - from);
            (_last, _word) = (last, "");
            return to;
        }

        private int Template(int start, int i)
        {
            while (i < source.Length)
            {
                if (source[i] == '\\')
                {
                    i += 2;
                    continue;
                }

                if (source[i] == '`')
                    return CopyTo(start, i + 1, '"');
                if (source[i] == '$' && i + 1 < source.Length && source[i + 1] == '{')
                {
                    _templates.Push(_braces);
                    return CopyTo(start, i + 2, '(');
                }

                i++;
            }

            return CopyTo(start, source.Length, '"');
        }

        private int SkipComment(int i)
        {
            var end = source[i + 1] == '/' ? source.IndexOf('\n', i) : source.IndexOf("*/", i + 2, StringComparison.Ordinal);
            return Copy(i, end < 0 ? source.Length : source[i + 1] == '/' ? end : end + 2, significant: false);
        }

        private int EndOfString(int i, char quote)
        {
            for (i++; i < source.Length && source[i] != quote; i++)
                if (source[i] == '\\')
                    i++;
            return Math.Min(i + 1, source.Length);
        }

        private int EndOfRegex(int i)
        {
            var inClass = false;
            for (i++; i < source.Length && source[i] != '\n'; i++)
            {
                if (source[i] == '\\')
                    i++;
                else if (source[i] == '[')
                    inClass = true;
                else if (source[i] == ']')
                    inClass = false;
                else if (source[i] == '/' && !inClass)
                    break;
            }

            i = Math.Min(i + 1, source.Length);
            while (i < source.Length && char.IsLetter(source[i]))
                i++;
            return i;
        }

        private bool RegexMayStart() => _last switch
        {
            'a' => _word is "return" or "typeof" or "case" or "in" or "of" or "delete" or "void" or "throw" or "new" or "else" or "do",
            ')' or ']' or '}' or '"' => false,
            >= '0' and <= '9' => false,
            _ => true,
        };

        private char NextSignificant(int i)
        {
            while (i < source.Length && char.IsWhiteSpace(source[i]))
                i++;
            return i < source.Length ? source[i] : '\0';
        }
    }
}
